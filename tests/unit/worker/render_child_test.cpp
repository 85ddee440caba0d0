#include "worker/render_child.h"

#include <csignal>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const ChildProgram fake{NIGHTREEL_FAKE_RENDER, {"--serve"}, {}};

constexpr Millis stall{400};
constexpr Millis farewell{200};

// A child and a folder for it; runs one task at a time. Time stands still but for what a test lets
// pass, so that no test depends on how quick the machine is.
struct Bench {
    RenderOutcome run(const std::string& wishes) {
        begin(wishes);
        return finish();
    }

    void begin(const std::string& wishes) {
        EncodeOrder order;
        order.prompts = {wishes};
        staging = folder.path() / fmt::format("staging{}", ++tasks);
        fs::create_directories(staging);
        child.begin({order, {}, staging.string(), {}, "cpu", 1}, folder.path() / "log.txt", now);
    }

    RenderOutcome finish() {
        std::optional<RenderOutcome> outcome;
        wait_until([&] { return (outcome = child.pump(now)).has_value(); });
        return *outcome;
    }

    // The task goes on until the child has said all that it says of "slow".
    void reach_the_last_step() {
        wait_until([&] {
            REQUIRE_FALSE(child.pump(now));
            return child.progress().text == "step 9";
        });
    }

    TaskFailure fail(const std::string& wishes) { return std::get<TaskFailure>(run(wishes)); }

    void wait_until(const std::function<bool()>& happened) {
        // The machine's own time, for what will not happen any more; a poll returns at once while
        // a child is ending, so rounds are no measure.
        const SystemClock machine;
        const Millis begun = machine.steady();
        while (!happened()) {
            REQUIRE(machine.steady() - begun < Millis{30'000});
            std::vector<pollfd> items;
            for (const auto& descriptor : child.descriptors()) {
                const short events = descriptor.for_writing ? POLLOUT : POLLIN;
                items.push_back({descriptor.value, events, 0});
            }
            ::poll(items.data(), items.size(), 10);
        }
    }

    Millis now{0};
    TemporaryFolder folder;
    fs::path staging;
    int tasks = 0;
    RenderChild child{fake, {.stall = stall, .farewell = farewell}};
};

// The number that the fake writes into its log when it starts.
std::size_t starts_in(const std::string& log) {
    std::size_t starts = 0;
    for (std::size_t at = 0; (at = log.find("fake render program", at)) != std::string::npos;
         ++at) {
        ++starts;
    }
    return starts;
}

}  // namespace

TEST_CASE("one child does task after task", "[worker]") {
    Bench bench;
    for (int i = 0; i < 5; ++i) {
        const RenderOutcome outcome = bench.run("");
        CHECK(std::get<TaskResult>(outcome).facts == R"({"fake":true})");
        CHECK(fs::file_size(bench.staging / "result.bin") > 60'000);
    }
    CHECK(starts_in(read_file(bench.folder.path() / "log.txt")) == 1);
}

TEST_CASE("whatever a child does becomes a failure of the right kind, and the next task works",
          "[worker]") {
    Bench bench;
    CHECK(bench.fail("crash").kind == "crash");
    CHECK_THAT(bench.child.log_tail(), Catch::Contains("about to fall"));
    CHECK(bench.fail("exit=9").kind == "out_of_memory");
    CHECK(bench.fail("exit=10").kind == "unavailable");
    CHECK(bench.fail("exit=0").kind == "crash");
    CHECK(bench.fail("garbage stall").kind == "crash");
    CHECK(bench.fail("endless").kind == "crash");
    CHECK(bench.fail("fail=bad_input").kind == "bad_input");
    CHECK(bench.fail("fail=unavailable").text == "as wished");
    CHECK(std::holds_alternative<TaskResult>(bench.run("")));
}

TEST_CASE("a child that makes no progress is stopped", "[worker]") {
    // Deaf: it ends by being killed, after a time to take leave.
    for (const std::string wishes : {"slow=10 stall", "deaf slow=10 stall"}) {
        Bench bench;
        bench.begin(wishes);
        bench.reach_the_last_step();
        bench.now += stall - Millis{1};
        CHECK_FALSE(bench.child.pump(bench.now));
        bench.now += Millis{1};
        CHECK_FALSE(bench.child.pump(bench.now));
        bench.now += farewell;
        CHECK(std::get<TaskFailure>(bench.finish()).kind == "timed_out");
        CHECK(std::holds_alternative<TaskResult>(bench.run("")));
    }
}

TEST_CASE("a child that is slow, but makes progress, is left alone", "[worker]") {
    Bench bench;
    bench.begin("slow=200");
    std::string said;
    std::optional<RenderOutcome> outcome;
    bench.wait_until([&] {
        outcome = bench.child.pump(bench.now);
        if (bench.child.progress().text != said) bench.now += stall - Millis{1};
        said = bench.child.progress().text;
        return outcome.has_value();
    });
    CHECK(bench.now > stall);
    CHECK(std::holds_alternative<TaskResult>(*outcome));
}

TEST_CASE("a cancelled task ends, even when the child does not listen", "[worker]") {
    for (const std::string wishes : {"slow=10 stall", "deaf slow=10 stall"}) {
        Bench bench;
        bench.begin(wishes);
        bench.reach_the_last_step();
        bench.child.cancel(bench.now);
        if (wishes.starts_with("deaf")) {
            ::poll(nullptr, 0, 50);  // for what it is asked to be lost on it
            CHECK_FALSE(bench.child.pump(bench.now));
            bench.now += farewell;
        }
        CHECK(std::get<TaskFailure>(bench.finish()).kind == "cancelled");
        CHECK(std::holds_alternative<TaskResult>(bench.run("")));
    }
}

TEST_CASE("a child that died between two tasks is nobody's fault", "[worker]") {
    Bench bench;
    bench.run("");
    const std::string log = read_file(bench.folder.path() / "log.txt");
    const auto process = std::stoi(log.substr(log.find("program ") + 8));
    REQUIRE(::kill(process, SIGKILL) == 0);
    ::poll(nullptr, 0, 50);
    CHECK(std::holds_alternative<TaskResult>(bench.run("")));
}

TEST_CASE("a kill that was not for want of memory is a crash", "[worker]") {
    Bench bench;
    bench.run("");
    const std::string log = read_file(bench.folder.path() / "log.txt");
    const auto process = std::stoi(log.substr(log.find("program ") + 8));
    bench.begin("slow=3000");
    REQUIRE(::kill(process, SIGKILL) == 0);
    CHECK(std::get<TaskFailure>(bench.finish()).kind == "crash");
}

TEST_CASE("a child never outlives its worker", "[worker]") {
    const TemporaryFolder folder;
    const fs::path log = folder.path() / "log.txt";
    const pid_t worker = ::fork();
    REQUIRE(worker >= 0);
    if (worker == 0) {
        const SystemClock clock;
        RenderChild child(fake, {});
        EncodeOrder order;
        order.prompts = {"deaf stall"};
        child.begin({order, {}, folder.path().string(), {}, "cpu", 1}, log, clock.steady());
        while (true) {
            child.pump(clock.steady());
            ::poll(nullptr, 0, 10);
        }
    }
    const auto begun = [&] { return fs::exists(log) && starts_in(read_file(log)) == 1; };
    for (int i = 0; i < 500 && !begun(); ++i) ::poll(nullptr, 0, 10);
    const std::string text = read_file(log);
    const auto process = std::stoi(text.substr(text.find("program ") + 8));
    CHECK(::kill(process, 0) == 0);
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
    // Adopted by init, it may stay a zombie for a moment: what counts is that it does not run.
    const auto runs = [&] {
        std::ifstream stream(fmt::format("/proc/{}/stat", process));
        std::string number;
        std::string name;
        std::string rest;
        stream >> number >> name;
        std::getline(stream, rest);
        return stream && rest.find(" Z ") == std::string::npos;
    };
    for (int i = 0; i < 200 && runs(); ++i) ::poll(nullptr, 0, 10);
    CHECK_FALSE(runs());
}

TEST_CASE("a program that is not there is unavailable, and named", "[worker]") {
    const TemporaryFolder folder;
    RenderChild child({folder.path() / "no-such-program", {}, {}}, {});
    CHECK_THROWS_WITH(child.begin({EncodeOrder{}, {}, "", {}, "cpu", 1}, "", Millis{0}),
                      Catch::Contains("no-such-program"));
}

}  // namespace nightreel
