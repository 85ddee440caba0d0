#include "scheduler/protocol/stop_signal.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// A signal handler can be told nothing: this is the one place where it looks.
std::atomic<const StopSignal*> raised_by_signals{nullptr};

void on_signal(int) {
    const int kept = errno;
    if (const StopSignal* stop = raised_by_signals.load()) stop->raise();
    errno = kept;
}

void handle_with(void (*handler)(int)) {
    struct sigaction action {};

    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw Error(ErrorKind::unavailable, "no file descriptor available");
}

StopSignal::~StopSignal() {
    ::close(descriptor_);
}

void StopSignal::raise() const noexcept {
    const std::uint64_t one = 1;
    // It can only fail when it has been raised 2^64 - 2 times.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

bool StopSignal::raised() const {
    pollfd item{descriptor_, POLLIN, 0};
    return ::poll(&item, 1, 0) == 1;
}

StopOnSignals::StopOnSignals(const StopSignal& stop) {
    const StopSignal* none = nullptr;
    NIGHTREEL_CHECK(raised_by_signals.compare_exchange_strong(none, &stop),
                    "one thing at a time stops on signals");
    handle_with(on_signal);
}

StopOnSignals::~StopOnSignals() {
    handle_with(SIG_DFL);
    raised_by_signals = nullptr;
}

}  // namespace nightreel
