#include "worker/render_child.h"

#include <csignal>
#include <fstream>

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

// A child and a folder for it; runs one task at a time on the machine's clock.
struct Bench {
    RenderOutcome run(const std::string& wishes, Millis cancel_after = Millis{1'000'000}) {
        begin(wishes);
        const Millis start = clock.steady();
        while (true) {
            if (clock.steady() - start > cancel_after) child.cancel(clock.steady());
            if (auto outcome = child.pump(clock.steady())) return *outcome;
            REQUIRE(clock.steady() - start < Millis{20'000});
            wait();
        }
    }

    void begin(const std::string& wishes) {
        EncodeOrder order;
        order.prompts = {wishes};
        staging = folder.path() / fmt::format("staging{}", ++tasks);
        fs::create_directories(staging);
        child.begin(
            {order, {}, staging.string(), {}, "cpu", 1}, folder.path() / "log.txt", clock.steady());
    }

    void wait() {
        std::vector<pollfd> items;
        for (const auto& descriptor : child.descriptors()) {
            const short events = descriptor.for_writing ? POLLOUT : POLLIN;
            items.push_back({descriptor.value, events, 0});
        }
        ::poll(items.data(), items.size(), 10);
    }

    TaskFailure fail(const std::string& wishes, Millis cancel_after = Millis{1'000'000}) {
        return std::get<TaskFailure>(run(wishes, cancel_after));
    }

    SystemClock clock;
    TemporaryFolder folder;
    fs::path staging;
    int tasks = 0;
    RenderChild child{fake, {.stall = Millis{400}, .farewell = Millis{200}}};
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

TEST_CASE("a child that makes no progress is stopped, one that is slow is not", "[worker]") {
    Bench bench;
    CHECK(bench.fail("stall").kind == "timed_out");
    CHECK(bench.fail("deaf stall").kind == "timed_out");
    CHECK(std::holds_alternative<TaskResult>(bench.run("slow=1500")));
}

TEST_CASE("a cancelled task ends soon, even when the child does not listen", "[worker]") {
    Bench bench;
    const Millis start = bench.clock.steady();
    CHECK(bench.fail("slow=3000", Millis{50}).kind == "cancelled");
    CHECK(bench.fail("deaf slow=3000", Millis{50}).kind == "cancelled");
    CHECK(bench.clock.steady() - start < Millis{2'000});
    CHECK(std::holds_alternative<TaskResult>(bench.run("")));
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
    std::optional<RenderOutcome> outcome;
    while (!outcome) {
        bench.wait();
        outcome = bench.child.pump(bench.clock.steady());
    }
    CHECK(std::get<TaskFailure>(*outcome).kind == "crash");
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
