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
        wait_until([&] {
            child.pump(now);
            return child.is_ready();
        });
        begin(wishes);
        return finish();
    }

    void begin(const std::string& wishes) {
        EncodeOrder order;
        order.prompts = {wishes};
        staging = folder.path() / fmt::format("staging{}", ++tasks);
        fs::create_directories(staging);
        child.begin({{order, {}, staging.string(), {}, "cpu", 1},
                     folder.path() / "log.txt",
                     heading,
                     model_stall},
                    now);
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

    RenderFailure fail(const std::string& wishes) { return std::get<RenderFailure>(run(wishes)); }

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
    std::string heading;
    Millis model_stall{0};
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
    CHECK(bench.fail("crash").kind == ErrorKind::crash);
    CHECK_THAT(bench.child.log_tail(), Catch::Contains("about to fall"));
    CHECK(bench.fail("exit=9").kind == ErrorKind::out_of_memory);
    CHECK(bench.fail("exit=10").kind == ErrorKind::unavailable);
    CHECK(bench.fail("exit=0").kind == ErrorKind::crash);
    CHECK(bench.fail("garbage stall").kind == ErrorKind::crash);
    CHECK(bench.fail("endless").kind == ErrorKind::crash);
    CHECK(bench.fail("fail=bad_input").kind == ErrorKind::bad_input);
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
        CHECK(std::get<RenderFailure>(bench.finish()).kind == ErrorKind::timed_out);
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
        CHECK(std::get<RenderFailure>(bench.finish()).kind == ErrorKind::cancelled);
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

TEST_CASE("a renderer that somebody else ends did not crash", "[worker]") {
    // SIGKILL, SIGTERM, SIGINT and SIGHUP come from outside; the others are its own fault.
    for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP}) {
        CAPTURE(signal);
        Bench bench;
        const RenderFailure failure = bench.fail(fmt::format("signal={}", signal));
        CHECK(failure.kind == ErrorKind::crash);
        CHECK(failure.was_killed);
        CHECK_THAT(failure.text, Catch::Contains(fmt::format("from outside by signal {}", signal)));
        CHECK(failure.text.back() != ' ');
        CHECK(std::holds_alternative<TaskResult>(bench.run("")));
    }
    for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
        CAPTURE(signal);
        Bench bench;
        const RenderFailure failure = bench.fail(fmt::format("signal={}", signal));
        CHECK(failure.kind == ErrorKind::crash);
        CHECK_FALSE(failure.was_killed);
    }
    // The renderer tidies up after SIGTERM, and says that it was cancelled.
    Bench bench;
    CHECK(bench.fail("fail=cancelled").was_killed);
    // Its own words and codes are its own.
    CHECK_FALSE(bench.fail("exit=1").was_killed);
    CHECK_FALSE(bench.fail("fail=unavailable").was_killed);
}

TEST_CASE("a log begins with its heading, holds every line, and ends with the reason", "[worker]") {
    Bench bench;
    bench.heading = "task sh010.take01.sample01, attempt 7-3-42\n";
    const RenderFailure failure = bench.fail("log=3000 crash");
    const std::string log = read_file(bench.folder.path() / "log.txt");
    CHECK(log.starts_with("task sh010.take01.sample01"));
    for (int i = 0; i < 3'000; ++i) {
        if (log.find(fmt::format("line {}\n", i)) == std::string::npos) FAIL("line lost: " << i);
    }
    CHECK_THAT(log, Catch::Contains("about to fall\nworker: crash: the renderer was killed by "));
    CHECK_THAT(failure.text, Catch::EndsWith("last line of its log: about to fall"));
    // Of a task that ends well, too, the last line is there with the result.
    for (int i = 0; i < 20; ++i) {
        bench.run("log=5");
        CHECK_THAT(bench.child.log_tail(), Catch::EndsWith("line 4\n"));
    }
}

TEST_CASE("a model that asks for a longer silence gets it", "[worker]") {
    Bench bench;
    bench.model_stall = 3 * stall;
    bench.begin("slow=10 stall");
    bench.reach_the_last_step();
    bench.now += 3 * stall - Millis{1};
    CHECK_FALSE(bench.child.pump(bench.now));
    CHECK(bench.child.next_deadline() == bench.now + Millis{1});
    bench.now += Millis{1};
    CHECK_FALSE(bench.child.pump(bench.now));
    CHECK(std::get<RenderFailure>(bench.finish()).kind == ErrorKind::timed_out);
    // The next task's model asks for nothing, or for less.
    bench.model_stall = Millis{1};
    bench.begin("slow=10 stall");
    bench.reach_the_last_step();
    bench.now += stall - Millis{1};
    CHECK_FALSE(bench.child.pump(bench.now));
    CHECK(bench.child.next_deadline() == bench.now + Millis{1});
}

TEST_CASE("a renderer that cannot be ended is given up, and no task begins beside it", "[worker]") {
    Bench bench;
    bench.begin("apart stall");
    bench.wait_until([&] {
        REQUIRE_FALSE(bench.child.pump(bench.now));
        return bench.child.progress().text == "apart";
    });
    bench.child.cancel(bench.now);
    bench.now += farewell;
    CHECK_FALSE(bench.child.pump(bench.now));
    bench.now += farewell;
    const auto outcome = bench.child.pump(bench.now);
    REQUIRE(outcome);
    CHECK(std::get<RenderFailure>(*outcome).kind == ErrorKind::cancelled);
    CHECK_FALSE(bench.child.is_ready());
    CHECK(bench.child.next_deadline() > bench.now);
    CHECK_THROWS_WITH(bench.begin(""), Catch::Contains("has not ended"));
    const std::string log = read_file(bench.folder.path() / "log.txt");
    REQUIRE(::kill(std::stoi(log.substr(log.find("program ") + 8)), SIGKILL) == 0);
    bench.wait_until([&] {
        CHECK_FALSE(bench.child.pump(bench.now));
        return bench.child.is_ready();
    });
    CHECK(std::holds_alternative<TaskResult>(bench.run("")));
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
        child.begin({{order, {}, folder.path().string(), {}, "cpu", 1}, log}, clock.steady());
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
    CHECK_THROWS_WITH(child.begin({{EncodeOrder{}, {}, "", {}, "cpu", 1}, ""}, Millis{0}),
                      Catch::Contains("no-such-program"));
}

}  // namespace nightreel
