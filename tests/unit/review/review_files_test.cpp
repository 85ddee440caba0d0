#include "shotspec/review/review_files.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/files.h"
#include "shotspec/review/review_json.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

void append(const fs::path& out, const ReviewRecord& record, const std::string& host = "render01") {
    append_reviews(out, std::span(&record, 1), host);
}

void add_bytes(const fs::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

fs::path reviews_in(const TemporaryFolder& out) {
    return out.path() / "aurora/reviews";
}

std::size_t count_in(const fs::path& out) {
    return read_reviews(out, nullptr).records.size();
}

}  // namespace

TEST_CASE("each person on each machine has a file, and readers see all of them", "[review]") {
    const TemporaryFolder out;
    append(out.path(), note_of(1, "anna"));
    append(out.path(), note_of(2, "ben"));
    append(out.path(), note_of(3, "anna"), "render02");
    append(out.path(), note_of(4, "anna"));
    CHECK(names_in(reviews_in(out)) == std::vector<std::string>{"anna.render01.jsonl",
                                                                "anna.render02.jsonl",
                                                                "ben.render01.jsonl"});
    CHECK(read_file(reviews_in(out) / "anna.render01.jsonl") ==
          line_of(note_of(1)) + "\n" + line_of(note_of(4)) + "\n");
    CHECK(count_in(out.path()) == 4);
}

TEST_CASE("names of people and machines make different names of files", "[review]") {
    CHECK(review_writer("anna", "render01") == "anna.render01");
    CHECK(review_writer("Anna", "h") != review_writer("anna", "h"));
    CHECK(review_writer("a b", "h") != review_writer("a-b", "h"));
    CHECK(review_writer("../../x", "/etc").find('/') == std::string::npos);
    const std::string unusual = review_writer("\xc3\xa9\xc3\xa0", "h.studio");
    CHECK(unusual.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos);
}

TEST_CASE("a reader sees what was added since, from its own place", "[review]") {
    const TemporaryFolder out;
    ReviewReader reader(out.path());
    CHECK_FALSE(reader.refresh());
    append(out.path(), note_of(1));
    CHECK(reader.refresh());
    CHECK_FALSE(reader.refresh());
    append(out.path(), note_of(2));
    append(out.path(), note_of(3, "ben"));
    CHECK(reader.refresh());
    CHECK(reader.book().records.size() == 3);
    append(out.path(), note_of(3, "ben"));
    CHECK_FALSE(reader.refresh());
}

TEST_CASE(
    "killed before any change of the disk, a writer loses only its own record, and the next "
    "one appends behind whole lines",
    "[review][kill]") {
    const NarrowDisk disk = GENERATE(NarrowDisk{}, network_disk);
    constexpr int steps_max = 60;
    int kills = 0;
    bool was_torn = false;
    for (int before = 1; before < steps_max; ++before) {
        CAPTURE(before, disk.lock);
        const TemporaryFolder out;
        append(out.path(), note_of(1));
        const bool was_killed = is_killed(disk, before, [&] {
            append(out.path(), note_of(2));
            append(out.path(), note_of(3, "ben"));
        });
        kills += was_killed ? 1 : 0;
        for (const std::string& name : names_in(reviews_in(out))) {
            const std::string text = read_file(reviews_in(out) / name);
            was_torn = was_torn || (!text.empty() && text.back() != '\n');
        }
        std::vector<std::string> faults;
        const ReviewBook found = read_reviews(out.path(), &faults);
        REQUIRE(faults.empty());
        REQUIRE(found.records.contains(note_of(1).id));
        for (const auto& [id, record] : found.records) {
            REQUIRE((record == note_of(1) || record == note_of(2) || record == note_of(3, "ben")));
        }
        if (!was_killed) REQUIRE(found.records.size() == 3);
        append(out.path(), note_of(2));
        append(out.path(), note_of(3, "ben"));
        REQUIRE(read_reviews(out.path(), &faults).records.size() == 3);
        REQUIRE(faults.empty());
        if (!was_killed) break;
    }
    CHECK(kills >= 6);
    CHECK(kills < steps_max - 1);
    CHECK(was_torn);
}

TEST_CASE("whatever part of a line a crash leaves, it is skipped, and the next writer removes it",
          "[review]") {
    const std::string line = line_of(note_of(2)) + "\n";
    for (std::size_t left = 1; left <= line.size(); left += 6) {
        const std::size_t bytes = line.size() - left;
        const TemporaryFolder out;
        append(out.path(), note_of(1));
        const fs::path file = reviews_in(out) / "anna.render01.jsonl";
        add_bytes(file, line.substr(0, bytes));
        REQUIRE(count_in(out.path()) == 1);
        append(out.path(), note_of(3));
        std::vector<std::string> faults;
        const ReviewBook book = read_reviews(out.path(), &faults);
        CAPTURE(bytes, faults);
        REQUIRE(faults.empty());
        // A record that only lacked its line's end is whole.
        REQUIRE(book.records.size() == (bytes + 1 == line.size() ? 3 : 2));
    }
}

TEST_CASE("a writer leaves a file alone that another process writes to", "[review]") {
    const TemporaryFolder out;
    append(out.path(), note_of(1));
    const FileLock other(reviews_in(out) / "anna.render01.jsonl", O_RDWR);
    REQUIRE(other.held());
    append(out.path(), note_of(2));
    CHECK(read_file(reviews_in(out) / "anna.render01.jsonl") == line_of(note_of(1)) + "\n");
    CHECK(read_file(reviews_in(out) / "anna.render01.2.jsonl") == line_of(note_of(2)) + "\n");
    CHECK(count_in(out.path()) == 2);
}

TEST_CASE("lines that are no records are named, and all others are read", "[review]") {
    const TemporaryFolder out;
    append(out.path(), note_of(1));
    const fs::path file = reviews_in(out) / "anna.render01.jsonl";
    add_bytes(file, "nonsense\n\n" + line_of(note_of(2)) + "\n");
    std::vector<std::string> faults;
    CHECK(read_reviews(out.path(), &faults).records.size() == 2);
    REQUIRE(faults.size() == 1);
    CHECK_THAT(faults.front(), Catch::Contains("anna.render01.jsonl:2: "));
}

TEST_CASE("links and folders that are no show are not read", "[review]") {
    const TemporaryFolder out;
    const TemporaryFolder elsewhere;
    append(out.path(), note_of(1));
    append(elsewhere.path(), note_of(2));
    const fs::path file = elsewhere.path() / "aurora/reviews/anna.render01.jsonl";
    fs::create_symlink(file, reviews_in(out) / "linked.jsonl");
    fs::create_directories(out.path() / ".hidden/reviews");
    fs::copy_file(file, out.path() / ".hidden/reviews/a.jsonl");
    CHECK(count_in(out.path()) == 1);
}

TEST_CASE("a folder that cannot be written to is named", "[review]") {
    const TemporaryFolder out;
    std::ofstream(out.path() / "aurora") << "a file";
    CHECK_THROWS_WITH(append(out.path(), note_of(1)), Catch::Contains("aurora"));
}

}  // namespace nightreel
