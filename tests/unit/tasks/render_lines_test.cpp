#include <array>
#include <csignal>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "pipeline/program/lines.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

struct Pipe {
    Pipe() { REQUIRE(::pipe(ends.data()) == 0); }

    ~Pipe() {
        ::close(ends[0]);
        close_writing();
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void write(const std::string& text) const {
        REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }

    void close_writing() {
        if (ends[1] >= 0) ::close(ends[1]);
        ends[1] = -1;
    }

    std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("lines are taken one by one, however they arrive", "[run_task]") {
    const StopOnSignals stop;
    Pipe pipe;
    LineInput input(pipe.ends[0], stop);
    pipe.write("one\ntwo\nthr");
    CHECK(input.wait() == "one");
    CHECK(input.wait() == "two");
    pipe.write("ee\n");
    CHECK(input.wait() == "three");
    pipe.write("half a line");
    pipe.close_writing();
    CHECK_FALSE(input.wait().has_value());
}

TEST_CASE("a line that arrives while a task runs is kept and does not stop it", "[run_task]") {
    const StopOnSignals stop;
    Pipe pipe;
    LineInput input(pipe.ends[0], stop);
    CHECK_FALSE(input.asks_to_stop());
    pipe.write("next\n");
    CHECK_FALSE(input.asks_to_stop());
    CHECK(input.wait() == "next");
    pipe.close_writing();
    CHECK(input.asks_to_stop());
}

TEST_CASE("SIGTERM stops the task and the waiting", "[run_task]") {
    const StopOnSignals stop;
    Pipe pipe;
    LineInput input(pipe.ends[0], stop);
    CHECK_FALSE(stop.raised());
    ::raise(SIGTERM);
    CHECK(input.asks_to_stop());
    CHECK_FALSE(input.wait().has_value());
    CHECK(stop.raised());
}

TEST_CASE("an endless order is refused", "[run_task]") {
    const StopOnSignals stop;
    Pipe pipe;
    LineInput input(pipe.ends[0], stop);
    const std::string part(32 * 1024, 'x');
    const auto feed = [&] {
        for (std::size_t sent = 0; sent <= request_bytes_max; sent += part.size()) {
            pipe.write(part);
            if (input.asks_to_stop()) return;
        }
    };
    CHECK_THROWS_AS(feed(), Error);
}

}  // namespace nightreel
