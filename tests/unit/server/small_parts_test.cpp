// The parts of the server that need no socket: limits of keys, live logs, requests that broke it.

#include <array>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scheduler/server/client_queue.h"
#include "scheduler/server/connection_book.h"
#include "scheduler/server/fault_book.h"
#include "scheduler/server/live_logs.h"
#include "scheduler/server/peer_limits.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

const wire::Peer viewer{"vera", wire::Role::view};

}  // namespace

TEST_CASE("a key that floods is refused, told once a second, and let in again later", "[server]") {
    PeerLimits limits;
    limits.view = {100, 1'000'000, 1'000};
    limits.burst = Millis{3'000};
    PeerMeter meter(limits);
    for (int i = 0; i < 300; ++i) {
        REQUIRE(meter.admit(viewer, 10, Millis{1'000}) == Admission::granted);
    }
    CHECK(meter.admit(viewer, 10, Millis{1'000}) == Admission::refused);
    CHECK(meter.admit(viewer, 10, Millis{1'001}) == Admission::refused_again);
    CHECK(meter.admit({"ada", wire::Role::submit}, 10, Millis{1'001}) == Admission::granted);
    CHECK(meter.admit(viewer, 10, Millis{3'000}) == Admission::granted);
    CHECK(meter.admit(viewer, 1'001, Millis{5'000}) == Admission::refused);
    CHECK(meter.admit(viewer, 1'000, Millis{5'000}) == Admission::granted);
}

TEST_CASE("what a key reads counts against it like what it writes", "[server]") {
    PeerLimits limits;
    limits.view.bytes = 50'000;
    PeerMeter meter(limits);
    REQUIRE(meter.admit(viewer, 10, Millis{0}) == Admission::granted);
    meter.charge(viewer, 100'000);
    CHECK(meter.admit(viewer, 10, Millis{0}) == Admission::refused);
    CHECK(meter.admit(viewer, 10, Millis{1'000}) == Admission::granted);
}

TEST_CASE("each role has an allowance of its own, and a changed one is obeyed at once",
          "[server]") {
    PeerLimits limits;
    limits.worker.messages = limits.view.messages = limits.people.messages = 1;
    limits.burst = Millis{1'000};
    PeerMeter meter(limits);
    const std::array peers{viewer,
                           wire::Peer{"w", wire::Role::worker},
                           wire::Peer{"sam", wire::Role::submit},
                           wire::Peer{"ada", wire::Role::admin}};
    for (const wire::Peer& peer : peers) {
        CHECK(meter.admit(peer, 10, Millis{0}) == Admission::granted);
        CHECK(meter.admit(peer, 10, Millis{0}) == Admission::refused);
    }
    limits.people.messages = 2;
    CHECK(meter.admit(peers[2], 10, Millis{500}) == Admission::granted);
    CHECK(meter.admit(peers[1], 10, Millis{500}) != Admission::granted);
}

TEST_CASE("a key that goes on far beyond its allowance is paused, each time for longer",
          "[server]") {
    PeerLimits limits;
    limits.view.messages = 10;
    limits.burst = Millis{1'000};
    limits.pause = Millis{2'000};
    PeerMeter meter(limits);
    // When it was paused and for how long.
    const auto flood = [&](Millis from) {
        for (int i = 0; i < 20; ++i) REQUIRE(meter.admit(viewer, 10, from) != Admission::paused);
        CHECK_FALSE(meter.is_paused("vera", from));
        CHECK(meter.admit(viewer, 10, from) == Admission::paused);
        Millis until = from;
        while (meter.is_paused("vera", until)) until += Millis{1'000};
        return until;
    };
    Millis now{1'000'000};
    for (const int times : {1, 2, 4, 8, 8}) {
        const Millis until = flood(now);
        CHECK(until - now == times * limits.pause);
        CHECK(meter.admit(viewer, 10, until - Millis{1}) == Admission::paused);
        now = until + Millis{1'000};
    }
    now += PeerMeter::pause_remembered;
    CHECK(flood(now) - now == limits.pause);
    CHECK_FALSE(meter.is_paused("ada", now));
}

TEST_CASE("messages that are too large pause a key as well", "[server]") {
    PeerLimits limits;
    limits.view = {1'000'000, 1'000'000, 1'000};
    PeerMeter meter(limits);
    int refused = 0;
    while (meter.admit(viewer, 500'000, Millis{0}) != Admission::paused) ++refused;
    CHECK(refused == 4);  // the bytes of two seconds
}

TEST_CASE("of a key's connections so many are heard as it may have, and others when one ends",
          "[server]") {
    ConnectionBook book;
    std::vector<std::array<int, 2>> pairs(4);
    for (auto& pair : pairs) REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    const auto hears = [&](std::size_t number, const std::string& peer) {
        return book.admit(
            {{fmt::format("routing{}", number), "bytes"}, "key", pairs[number][0]}, peer, 2);
    };
    const auto is_cut = [&](std::size_t number) {
        char byte = 0;
        return ::recv(pairs[number][1], &byte, 1, MSG_DONTWAIT) == 0;
    };
    CHECK(hears(0, "vera"));
    CHECK(hears(1, "vera"));
    CHECK_FALSE(hears(2, "vera"));
    CHECK(is_cut(2));
    CHECK(hears(0, "vera"));
    CHECK_FALSE(is_cut(0));
    CHECK(hears(3, "ada"));
    ::close(pairs[1][1]);
    ::close(pairs[1][0]);
    ::close(pairs[2][0]);
    std::array<int, 2> next{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, next.data()) == 0);
    CHECK(book.admit({{"next", "bytes"}, "key", next[0]}, "vera", 2));
    for (const int descriptor :
         {pairs[0][0], pairs[0][1], pairs[2][1], pairs[3][0], pairs[3][1], next[0], next[1]}) {
        ::close(descriptor);
    }
}

TEST_CASE("requests of each key are served in order, and keys in turn", "[server]") {
    ClientQueue queue;
    const auto push = [&](const std::string& peer, const std::string& bytes) {
        return queue.push({{{"routing", bytes}, "key", 1}, {peer, wire::Role::submit}});
    };
    for (const char* bytes : {"e1", "e2", "e3", "e4"}) REQUIRE(push("eve", bytes));
    REQUIRE(push("ada", "a1"));
    REQUIRE(push("sam", "s1"));
    REQUIRE(push("sam", "s2"));
    std::string served;
    while (const auto request = queue.next()) served += request->frames.parts.back() + " ";
    CHECK(served == "a1 e1 s1 e2 s2 e3 e4 ");
    CHECK(queue.empty());
}

TEST_CASE("of one key so many requests wait and no more, whatever others have waiting",
          "[server]") {
    ClientQueue queue;
    const auto push = [&](const std::string& peer, std::size_t bytes) {
        return queue.push(
            {{{"routing", std::string(bytes, 'x')}, "key", 1}, {peer, wire::Role::submit}});
    };
    std::size_t taken = 0;
    while (push("eve", 10)) ++taken;
    CHECK(taken == ClientQueue::messages_max);
    CHECK(push("ada", ClientQueue::bytes_max));
    CHECK_FALSE(push("ada", 1));
    while (queue.next()) {
    }
    CHECK(push("eve", 10));
    CHECK(push("ada", 1));
}

TEST_CASE("the log has some lines of a reason a minute, and then how many more there were",
          "[server]") {
    PeerLimits limits;
    limits.log_lines = 7;
    LogMeter meter(limits);
    int lines = 0;
    for (int i = 0; i < 1'000; ++i) lines += meter.admit("refused", "vera", Millis{i}) ? 1 : 0;
    CHECK(lines == 7);
    CHECK(meter.admit("refused", "ada", Millis{1'000}));
    CHECK(meter.left_out(Millis{2'000}).empty());
    const auto left_out = meter.left_out(LogMeter::minute + Millis{1'000});
    REQUIRE(left_out.size() == 1);
    CHECK(left_out.at({"refused", "vera"}) == 1'000 - 7);
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
