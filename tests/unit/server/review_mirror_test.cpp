#include "scheduler/server/review_mirror.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

struct Roots {
    TemporaryFolder folder;
    fs::path out = folder.path() / "out";
    fs::path more = folder.path() / "more";

    Roots() {
        fs::create_directories(out / "aurora");
        fs::create_directories(more / "borealis");
    }
};

std::size_t records_in(const fs::path& out) {
    return read_reviews(out, nullptr).records.size();
}

void append(const fs::path& out, const ReviewRecord& record) {
    append_reviews(out, std::span(&record, 1), "workstation");
}

}  // namespace

TEST_CASE("records of the journal are written below the roots that have their show, once",
          "[server][review]") {
    const Roots roots;
    append(roots.out, note_of(1));
    {
        ReviewMirror mirror({roots.out, roots.more, roots.folder.path() / "away"}, "farm01");
        mirror.write({note_of(1), note_of(2), note_of(3, "ben")});
        mirror.wait_until_done();
        mirror.write({note_of(2)});
        mirror.wait_until_done();
        CHECK(mirror.take_faults().empty());
    }
    CHECK(records_in(roots.out) == 3);
    CHECK(names_in(roots.out / "aurora/reviews") ==
          std::vector<std::string>{
              "anna.farm01.jsonl", "anna.workstation.jsonl", "ben.farm01.jsonl"});
    std::ifstream file(roots.out / "aurora/reviews/anna.farm01.jsonl");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK_FALSE(fs::exists(roots.more / "aurora"));
}

TEST_CASE("records of files are found once, and own ones never", "[server][review]") {
    const Roots roots;
    append(roots.out, note_of(1));
    ReviewMirror mirror({roots.out}, "farm01");
    mirror.write({note_of(2)});
    mirror.wait_until_done();
    const auto found = mirror.take_found(100);
    REQUIRE(found.size() == 1);
    CHECK(found.front() == note_of(1));
    append(roots.out, note_of(3));
    append(roots.out, note_of(4));
    mirror.wait_until_done();
    CHECK(mirror.take_found(1).size() == 1);
    CHECK(mirror.take_found(100).size() == 1);
    CHECK(mirror.take_found(100).empty());
}

TEST_CASE("a record waits for its show, and for a disk that takes it", "[server][review]") {
    const Roots roots;
    ReviewRecord record = note_of(1);
    record.show = "later";
    std::ofstream(roots.out / "aurora/reviews") << "in the way";
    ReviewMirror mirror({roots.out}, "farm01");
    mirror.write({record, note_of(2)});
    mirror.wait_until_done();
    CHECK_FALSE(mirror.take_faults().empty());
    fs::remove(roots.out / "aurora/reviews");
    fs::create_directories(roots.out / "later");
    mirror.wait_until_done();
    mirror.wait_until_done();
    CHECK(records_in(roots.out) == 2);
}

}  // namespace nightreel
