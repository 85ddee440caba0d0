// The parts of the server that need no socket: limits of keys, live logs, requests that broke it.

#include <catch2/catch.hpp>

#include "scheduler/server/fault_book.h"
#include "scheduler/server/live_logs.h"
#include "scheduler/server/peer_limits.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

const wire::Peer viewer{"vera", wire::Role::view};

}  // namespace

TEST_CASE("a key that floods is refused, told once a second, and let in again later", "[server]") {
    PeerMeter meter;
    const PeerAllowance allowance = allowance_of(wire::Role::view);
    const auto at_once = static_cast<int>(allowance.messages * allowance.burst);
    for (int i = 0; i < at_once; ++i) {
        REQUIRE(meter.admit(viewer, 10, Millis{1'000}) == Admission::granted);
    }
    CHECK(meter.admit(viewer, 10, Millis{1'000}) == Admission::refused);
    CHECK(meter.admit(viewer, 10, Millis{1'001}) == Admission::refused_again);
    CHECK(meter.admit({"ada", wire::Role::submit}, 10, Millis{1'001}) == Admission::granted);
    CHECK(meter.admit(viewer, 10, Millis{3'000}) == Admission::granted);
    CHECK(meter.admit(viewer, allowance.message_bytes_max + 1, Millis{5'000}) ==
          Admission::refused);
}

TEST_CASE("what a key reads counts against it like what it writes", "[server]") {
    PeerMeter meter;
    REQUIRE(meter.admit(viewer, 10, Millis{0}) == Admission::granted);
    const PeerAllowance allowance = allowance_of(wire::Role::view);
    meter.charge(viewer, static_cast<std::size_t>(allowance.bytes * allowance.burst));
    CHECK(meter.admit(viewer, 10, Millis{0}) == Admission::refused);
    CHECK(meter.admit(viewer, 10, Millis{1'000}) == Admission::granted);
}

TEST_CASE("the log has some lines of a reason a minute, and then how many more there were",
          "[server]") {
    LogMeter meter;
    int lines = 0;
    for (int i = 0; i < 1'000; ++i) lines += meter.admit("refused", "vera", Millis{i}) ? 1 : 0;
    CHECK(lines == LogMeter::lines_a_minute);
    CHECK(meter.admit("refused", "ada", Millis{1'000}));
    CHECK(meter.left_out(Millis{2'000}).empty());
    const auto left_out = meter.left_out(LogMeter::minute + Millis{1'000});
    REQUIRE(left_out.size() == 1);
    CHECK(left_out.at({"refused", "vera"}) == 1'000 - LogMeter::lines_a_minute);
    CHECK(meter.admit("refused", "vera", LogMeter::minute + Millis{1'000}));
}

TEST_CASE("a followed log has every byte once, whatever comes twice or is missing", "[server]") {
    LiveLogs logs;
    const TaskAttempt attempt{{JobId{1}, 2}, AttemptId{3}};
    logs.take(attempt, 10, "abc");
    logs.take(attempt, 10, "abc");
    logs.take(attempt, 12, "cde");
    REQUIRE(logs.find(attempt) != nullptr);
    CHECK(logs.find(attempt)->text == "abcde");
    CHECK(logs.find(attempt)->begin == 10);
    logs.take(attempt, 100, "later");
    CHECK(logs.find(attempt)->text == "later");
    CHECK(logs.find(attempt)->begin == 100);
    for (int i = 0; i < 100; ++i) {
        logs.take(attempt, 105 + static_cast<std::uint64_t>(i) * 1'000, std::string(1'000, 'x'));
    }
    CHECK(logs.find(attempt)->text.size() == LiveLogs::log_bytes_max);
    CHECK(logs.find(attempt)->begin == 105 + 100'000 - LiveLogs::log_bytes_max);
}

TEST_CASE("who follows a part of a job follows its tasks alone, and only for a while", "[server]") {
    LiveLogs logs;
    logs.follow({JobId{1}, "sh1"}, Millis{0});
    CHECK(logs.is_followed(JobId{1}, "sh1.take01.encode", Millis{0}));
    CHECK_FALSE(logs.is_followed(JobId{1}, "sh10.take01.encode", Millis{0}));
    CHECK_FALSE(logs.is_followed(JobId{2}, "sh1.take01.encode", Millis{0}));
    CHECK_FALSE(logs.is_followed(JobId{1}, "sh1.take01.encode", LiveLogs::kept + Millis{1}));
}

TEST_CASE("a request that ended the scheduler twice in a row is refused from then on", "[server]") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "faults";
    FaultBook(file).note("eve", "request");
    CHECK_FALSE(FaultBook(file).refuses("eve", "request"));
    FaultBook(file).note("ada", "another");  // not in a row
    FaultBook(file).note("eve", "request");
    CHECK_FALSE(FaultBook(file).refuses("eve", "request"));
    FaultBook(file).note("eve", "request");
    CHECK(FaultBook(file).refuses("eve", "request"));
    CHECK_FALSE(FaultBook(file).refuses("bob", "request"));
    FaultBook(file).note("ada", "another");
    CHECK(FaultBook(file).refuses("eve", "request"));
}

}  // namespace nightreel
