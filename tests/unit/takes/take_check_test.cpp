#include "pipeline/takes/take_check.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "pipeline/takes/publish.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/takes/take_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr const char* first_frame = "exr/a_t01.1001.exr";
constexpr const char* second_frame = "exr/a_t01.1002.exr";

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

// A published take and the files that it came from.
struct Published {
    TemporaryFolder folder;
    std::vector<TakeFile> files = take_files(folder.path() / "store", 1, 3);
    fs::path place = folder.path() / "out/v001/take01";

    Published() { REQUIRE(publish() == PublishOutcome::published); }

    PublishOutcome publish() const { return publish_take(place, files, record_of(5), "a"); }
};

}  // namespace

TEST_CASE("a take that nobody touched is whole", "[publish]") {
    const Published take;
    const TakeCheck check = check_take(take.place);
    CHECK(check.is_untouched());
    CHECK(damage_text(check).empty());
    CHECK(check.expected.size() == take.files.size());
}

TEST_CASE("every change of a take is found and named, and publishing it again mends it",
          "[publish]") {
    const Published take;
    Names missing;
    Names changed;
    SECTION("a byte of the same size") {
        std::string text = read_file(take.place / first_frame);
        text[7] ^= 1;
        write(take.place / first_frame, text);
        changed = {first_frame};
    }
    SECTION("a file cut short") {
        fs::resize_file(take.place / first_frame, 10);
        changed = {first_frame};
    }
    SECTION("a deleted file, and a folder in the place of another") {
        fs::remove(take.place / first_frame);
        fs::remove(take.place / second_frame);
        fs::create_directory(take.place / second_frame);
        missing = {first_frame, second_frame};
    }
    SECTION("publish.json deleted") {
        fs::remove(take.place / publish_file);
        missing = {publish_file};
    }
    SECTION("publish.json cut short") {
        fs::resize_file(take.place / publish_file, 100);
        changed = {publish_file};
    }
    SECTION("publish.json with another digest of a file") {
        std::string text = read_file(take.place / publish_file);
        const std::string digest = take.files[0].digest.hex();
        text.replace(text.find(digest), digest.size(), digest_of("other").hex());
        write(take.place / publish_file, text);
        changed = {first_frame, publish_file};
    }
    SECTION("SHA256SUMS edited") {
        write(take.place / checksums_file, "nothing\n");
        changed = {checksums_file};
    }
    SECTION("both records deleted") {
        fs::remove(take.place / publish_file);
        fs::remove(take.place / checksums_file);
        missing = {checksums_file, publish_file};
    }
    const TakeCheck check = check_take(take.place);
    CHECK(check.missing == missing);
    CHECK(check.changed == changed);
    CHECK_FALSE(check.is_whole());
    CHECK_FALSE(damage_text(check).empty());

    REQUIRE(take.publish() == PublishOutcome::published);
    CHECK(check_take(take.place).is_untouched());
    const fs::path aside = take.place.parent_path() / "damaged.take01.1";
    CHECK(check_take(aside).missing == missing);
    CHECK(check_take(aside).changed == changed);
    CHECK(takes_below(take.folder.path() / "out") == std::vector<fs::path>{take.place});
}

TEST_CASE("a second damage is kept beside the first", "[publish]") {
    const Published take;
    for (const char* name : {"damaged.take01.1", "damaged.take01.2"}) {
        write(take.place / first_frame, name);
        REQUIRE(take.publish() == PublishOutcome::published);
        CHECK(read_file(take.place.parent_path() / name / first_frame) == name);
    }
}

TEST_CASE("what people put beside the files is named and is no damage", "[publish]") {
    const Published take;
    write(take.place / "notes.txt", "nice");
    write(take.place / "exr/.hidden", "");
    const TakeCheck check = check_take(take.place);
    CHECK(check.is_whole());
    CHECK_FALSE(check.is_untouched());
    CHECK(check.added == Names{"exr/.hidden", "notes.txt"});
    CHECK(take.publish() == PublishOutcome::already_there);
    CHECK(read_file(take.place / "notes.txt") == "nice");
}

TEST_CASE("a review status in publish.json is no damage", "[publish]") {
    const Published take;
    std::string text = read_file(take.place / publish_file);
    const std::string word = "pending_review";
    text.replace(text.find(word), word.size(), "approved");
    write(take.place / publish_file, text);
    CHECK(check_take(take.place).is_untouched());
}

TEST_CASE("a deleted take, or an emptied one, is published again", "[publish]") {
    const Published take;
    fs::remove_all(take.place);
    CHECK(check_take(take.place).missing == Names{checksums_file, publish_file});
    SECTION("deleted") {}
    SECTION("emptied") {
        fs::create_directory(take.place);
    }
    CHECK(take.publish() == PublishOutcome::published);
    CHECK(check_take(take.place).is_untouched());
    CHECK_FALSE(fs::exists(take.place.parent_path() / "damaged.take01.1"));
}

}  // namespace nightreel
