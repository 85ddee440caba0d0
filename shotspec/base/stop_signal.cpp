#include "shotspec/base/stop_signal.h"

#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

StopSignal::StopSignal(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
    if (!descriptor_) throw Error(ErrorKind::unavailable, "no file descriptor available");
}

bool StopSignal::raised() const {
    pollfd item{descriptor(), POLLIN, 0};
    return ::poll(&item, 1, 0) == 1;
}

StopRequest::StopRequest() : StopSignal(Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {}

void StopRequest::raise() const noexcept {
    const std::uint64_t one = 1;
    // It can only fail when it has been raised 2^64 - 2 times.
    [[maybe_unused]] const auto written = ::write(descriptor(), &one, sizeof one);
}

StopOnSignals::StopOnSignals() : StopOnSignals(stop_signals()) {}

// A blocked signal that has come stays pending, and the descriptor readable, until it is read.
StopOnSignals::StopOnSignals(const sigset_t& signals)
    : StopSignal(Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK))) {
    ::pthread_sigmask(SIG_BLOCK, &signals, &blocked_before_);
}

// What has come was obeyed: read, it does not end the process when it is no longer blocked.
StopOnSignals::~StopOnSignals() {
    signalfd_siginfo info{};
    while (::read(descriptor(), &info, sizeof info) == sizeof info) {
    }
    ::pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

}  // namespace nightreel
