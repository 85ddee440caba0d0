#include "shotspec/base/stop_signal.h"

#include <thread>

#include <catch2/catch.hpp>
#include <poll.h>
#include <unistd.h>

#include "shotspec/base/hang_up_signal.h"

namespace nightreel {

TEST_CASE("a request of another thread wakes a poll and stays raised", "[base]") {
    const StopRequest stop;
    CHECK_FALSE(stop.raised());
    std::thread other([&] { stop.raise(); });
    pollfd item{stop.descriptor(), POLLIN, 0};
    CHECK(::poll(&item, 1, 20'000) == 1);
    other.join();
    CHECK(stop.raised());
    CHECK(stop.raised());
}

TEST_CASE("SIGTERM and SIGINT are requests while somebody listens, and are over with him",
          "[base]") {
    for (const int signal : {SIGTERM, SIGINT}) {
        {
            const StopOnSignals stop;
            CHECK_FALSE(stop.raised());
            REQUIRE(::kill(::getpid(), signal) == 0);
            pollfd item{stop.descriptor(), POLLIN, 0};
            CHECK(::poll(&item, 1, 20'000) == 1);
            CHECK(stop.raised());
            CHECK(stop.raised());
        }
        sigset_t blocked;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
        CHECK(sigismember(&blocked, signal) == 0);
    }
}

TEST_CASE("threads that are started later leave the signals to the listener", "[base]") {
    const StopOnSignals stop;
    const StopRequest end;
    std::thread idle([&] {
        pollfd item{end.descriptor(), POLLIN, 0};
        ::poll(&item, 1, 20'000);
    });
    REQUIRE(::kill(::getpid(), SIGTERM) == 0);
    CHECK(stop.raised());
    end.raise();
    idle.join();
}

TEST_CASE("SIGHUP is a wish that is taken once, and ends nothing while somebody listens",
          "[base]") {
    HangUpSignal hang_up;
    CHECK_FALSE(hang_up.take());
    REQUIRE(::kill(::getpid(), SIGHUP) == 0);
    REQUIRE(::kill(::getpid(), SIGHUP) == 0);
    pollfd item{hang_up.descriptor(), POLLIN, 0};
    CHECK(::poll(&item, 1, 20'000) == 1);
    CHECK(hang_up.take());
    CHECK_FALSE(hang_up.take());
}

}  // namespace nightreel
