#include "worker/outbox.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"
#include "worker/attempt_logs.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

Completion completion_of(std::uint64_t number) {
    return {{1, 2, number},
            digest_of("work"),
            "sh.decode",
            digest_of("record"),
            "/store/.staging/w/1",
            R"({"seconds":1})",
            true,
            {"/log", "tail"}};
}

std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("what a killed worker was writing is removed by the next", "[worker]") {
    const TemporaryFolder folder;
    const fs::path outbox = folder.path() / "outbox";
    fs::create_directories(outbox);
    write_file_atomically(outbox / ".1-2-3.json.44.1.part", std::string_view("{"));
    write_file_atomically(folder.path() / ".staging.json.44.2.part", std::string_view("{"));
    CHECK(Outbox(folder.path()).load().empty());
    CHECK(fs::is_empty(outbox));
    CHECK_FALSE(fs::exists(folder.path() / ".staging.json.44.2.part"));
}

TEST_CASE("completions outlive their process until they are removed", "[worker]") {
    const TemporaryFolder folder;
    {
        Outbox outbox(folder.path());
        for (std::uint64_t i = 1; i <= 3; ++i) outbox.put(completion_of(i));
        outbox.put(completion_of(2));
        outbox.remove({1, 2, 1});
    }
    Outbox outbox(folder.path());
    const std::vector<Completion> kept = outbox.load();
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].attempt == wire::Attempt{1, 2, 2});
    CHECK(kept[0].digest == digest_of("work"));
    CHECK(kept[0].record == digest_of("record"));
    CHECK(kept[0].staging == "/store/.staging/w/1");
    CHECK(kept[0].fresh);
    CHECK(kept[0].log.tail == "tail");
    CHECK(kept[1].attempt == wire::Attempt{1, 2, 3});
}

TEST_CASE("an outbox has one owner at a time", "[worker]") {
    const TemporaryFolder folder;
    {
        const Outbox outbox(folder.path());
        CHECK_THROWS_WITH(Outbox(folder.path()), Catch::Contains("another worker"));
    }
    CHECK_NOTHROW(Outbox(folder.path()));
}

TEST_CASE("a damaged completion is set aside and harms no other", "[worker]") {
    const TemporaryFolder folder;
    Outbox outbox(folder.path());
    outbox.put(completion_of(1));
    outbox.put(completion_of(2));
    std::ofstream(folder.path() / "outbox" / "1-2-1.json") << "{";
    CHECK(outbox.load().size() == 1);
    CHECK(fs::exists(folder.path() / "outbox" / "1-2-1.json.damaged"));
    CHECK(outbox.load().size() == 1);
}

TEST_CASE("logs are kept up to a number, the newest of them", "[worker]") {
    const TemporaryFolder folder;
    AttemptLogs logs(folder.path() / "logs");
    const auto now = fs::file_time_type::clock::now();
    for (std::uint64_t i = 0; i < 10; ++i) {
        const fs::path path = logs.path_of({1, 1, i});
        std::ofstream(path) << "log";
        fs::last_write_time(path, now - std::chrono::hours(i));
    }
    logs.sweep(4);
    CHECK(count(folder.path() / "logs") == 4);
    CHECK(fs::exists(folder.path() / "logs" / "1-1-0.log"));
    CHECK(fs::exists(folder.path() / "logs" / "1-1-3.log"));
}

TEST_CASE("logs are kept up to a size, the newest of them in any case", "[worker]") {
    const TemporaryFolder folder;
    const AttemptLogs logs(folder.path() / "logs");
    const auto now = fs::file_time_type::clock::now();
    for (std::uint64_t i = 0; i < 10; ++i) {
        std::ofstream(logs.path_of({1, 1, i})) << std::string(1'000, 'x');
        fs::last_write_time(logs.path_of({1, 1, i}), now - std::chrono::hours(i));
    }
    logs.sweep(100, 3'500);
    CHECK(count(folder.path() / "logs") == 3);
    CHECK(fs::exists(logs.path_of({1, 1, 2})));
    logs.sweep(100, 10);
    CHECK(count(folder.path() / "logs") == 1);
    CHECK(fs::exists(logs.path_of({1, 1, 0})));
}

}  // namespace nightreel
