#include "pipeline/job/unit_attempt.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

TEST_CASE("attempts of a unit are read in the order of their begin, the last record of each") {
    const TemporaryFolder folder;
    CHECK(read_attempts(folder.path()).empty());
    UnitAttempt second{
        .unit = "sh010.take01", .host = "node2", .process = 7, .began_at = 1'764'547'512'123};
    write_attempt(folder.path(), second);
    write_attempt(
        folder.path(),
        {.unit = "sh010.take01", .host = "node1", .process = 9, .began_at = 1'764'547'512'000});
    second.fraction = 0.5;
    second.ended_at = second.began_at + 10;
    second.exit_code = 3;
    second.kind = "bad_input";
    write_attempt(folder.path(), second);
    const auto attempts = read_attempts(folder.path());
    REQUIRE(attempts.size() == 1);
    const auto& of_unit = attempts.at("sh010.take01");
    REQUIRE(of_unit.size() == 2);
    CHECK(of_unit[0].host == "node1");
    CHECK_FALSE(of_unit[0].exit_code.has_value());
    CHECK(of_unit[1].exit_code == 3);
    CHECK(of_unit[1].kind == "bad_input");
    CHECK(of_unit[1].fraction == 0.5);
    CHECK(attempt_name_of(second) == "attempts/sh010.take01/20251201T000512.123Z-node2-7");
}

TEST_CASE("a record that cannot be read is as if it were not there") {
    const TemporaryFolder folder;
    write_attempt(folder.path(), {.unit = "one", .host = "h", .process = 1, .began_at = 1});
    std::ofstream(folder.path() / "attempts/one/torn.json") << "{\"unit\":";
    CHECK(read_attempts(folder.path()).at("one").size() == 1);
}

TEST_CASE("a unit keeps its newest attempts and those that may still run") {
    const TemporaryFolder folder;
    const std::int64_t now = 10 * attempt_silence_max.count();
    const auto write = [&](std::int64_t began_at, std::int64_t told_at, bool has_ended) {
        UnitAttempt attempt{
            .unit = "one", .host = "h", .process = 1, .began_at = began_at, .told_at = told_at};
        if (has_ended) attempt.ended_at = told_at;
        write_attempt(folder.path(), attempt);
        const auto log = folder.path() / (attempt_name_of(attempt) + ".log");
        std::ofstream(log) << "text";
        return log;
    };
    const auto ended = write(1, now - 1, true);
    const auto runs = write(2, now - 1, false);
    const auto killed = write(3, now - attempt_silence_max.count(), false);
    for (std::size_t at = 0; at < attempts_kept; ++at) {
        write(static_cast<std::int64_t>(100 + at), now, true);
    }
    std::ofstream(folder.path() / "attempts/one/19700101T000000.000Z-h-1.json.partial") << "torn";
    write_attempt(folder.path(), {.unit = "two", .host = "h", .process = 1});
    remove_old_attempts(folder.path(), "one", Millis(now));
    const auto of_unit = read_attempts(folder.path()).at("one");
    REQUIRE(of_unit.size() == attempts_kept + 1);
    CHECK(of_unit.front().began_at == 2);
    CHECK(std::filesystem::exists(runs));
    CHECK_FALSE(std::filesystem::exists(ended));
    CHECK_FALSE(std::filesystem::exists(killed));
    const std::filesystem::directory_iterator left(folder.path() / "attempts/one");
    CHECK(std::distance(begin(left), end(left)) == 2 * (attempts_kept + 1));
    CHECK(read_attempts(folder.path()).contains("two"));
}

}  // namespace
}  // namespace nightreel
