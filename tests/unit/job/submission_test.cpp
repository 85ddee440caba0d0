#include "pipeline/job/submission.h"

#include <fstream>
#include <set>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

TEST_CASE("submissions are read back in the order of their numbers") {
    const TemporaryFolder folder;
    CHECK(read_submissions(folder.path()).empty());
    const Submission first{.uuid = "a", .manager = "slurm", .ids = {"41", "42"}, .units = {"one"}};
    write_submission(folder.path(), 1, first);
    write_submission(
        folder.path(),
        2,
        {.uuid = "b", .manager = "slurm", .state = SubmissionState::seen, .submitted_at = 5});
    const auto read = read_submissions(folder.path());
    REQUIRE(read.size() == 2);
    CHECK(read[0].ids == first.ids);
    CHECK(read[0].units == first.units);
    CHECK(read[0].state == SubmissionState::sending);
    CHECK(read[1].uuid == "b");
    CHECK(read[1].state == SubmissionState::seen);
    CHECK(read[1].submitted_at == 5);
}

TEST_CASE("a damaged submission is named") {
    const TemporaryFolder folder;
    write_submission(folder.path(), 1, {.uuid = "a", .manager = "slurm"});
    std::ofstream(folder.path() / "submissions/1/submission.json") << "{";
    CHECK_THROWS_WITH(read_submissions(folder.path()),
                      Catch::Matchers::Contains("submissions/1/submission.json"));
}

TEST_CASE("UUIDs are of version 4 and differ") {
    std::set<std::string> drawn;
    for (int i = 0; i < 100; ++i) {
        const std::string uuid = make_uuid();
        CHECK_THAT(
            uuid,
            Catch::Matchers::Matches(
                "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
        drawn.insert(uuid);
    }
    CHECK(drawn.size() == 100);
}

}  // namespace
}  // namespace nightreel
