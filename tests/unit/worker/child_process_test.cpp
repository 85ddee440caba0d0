#include "worker/child_process.h"

#include <algorithm>
#include <csignal>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/clock.h"

namespace nightreel {

TEST_CASE("what a child says before it dies is taken in, whenever one looks", "[worker]") {
    // Looking without a pause meets the moment between its last line and its end.
    for (int i = 0; i < 30; ++i) {
        ChildProcess child({"/bin/sh", {"-c", "echo why >&2; echo last; exit 3"}, {}});
        while (!child.exit()) child.pump();
        CHECK(child.exit()->code == 3);
        CHECK(child.take_lines() == std::vector<std::string>{"last"});
        CHECK(child.take_log() == "why\n");
    }
}

TEST_CASE("of a child that says much and dies at once, not a line is lost", "[worker]") {
    constexpr int lines = 3'000;
    const std::string script = fmt::format(
        "i=0; while [ $i -lt {} ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; "
        "kill -9 $$",
        lines);
    ChildProcess child({"/bin/sh", {"-c", script}, {}});
    std::vector<std::string> said;
    std::string log;
    const auto take = [&] {
        for (std::string& line : child.take_lines()) said.push_back(std::move(line));
        log += child.take_log();
    };
    while (!child.exit()) {
        child.pump();
        take();
    }
    take();
    CHECK(child.exit()->signal == SIGKILL);
    REQUIRE(said.size() == lines);
    CHECK(said.back() == "out2999");
    CHECK(std::count(log.begin(), log.end(), '\n') == lines);
    CHECK(log.ends_with("err2999\n"));
}

TEST_CASE("one look at a child takes a bounded part of what it says", "[worker]") {
    ChildProcess child({"/bin/sh", {"-c", "yes >&2"}, {}});
    for (int i = 0; i < 50; ++i) {
        child.pump();
        CHECK(child.take_log().size() <= ChildProcess::pump_bytes_max + 16 * 1024);
    }
}

TEST_CASE("a child that cannot be ended is left alone after a while", "[worker]") {
    const SystemClock clock;
    pid_t process = 0;
    const Millis begun = clock.steady();
    {
        // It leaves its group, so that the signal does not reach it.
        ChildProcess child({NIGHTREEL_FAKE_RENDER, {"--serve"}, {}});
        process = child.id();
        EncodeOrder order;
        order.prompts = {"apart stall"};
        child.send_line(to_json_text(TaskRequest{order, {}, "/"}));
        while (child.take_lines().empty()) child.pump();
    }
    CHECK(::kill(process, SIGKILL) == 0);  // it still runs
    CHECK(clock.steady() - begun >= Millis{Child::end_max_ms});
}

}  // namespace nightreel
