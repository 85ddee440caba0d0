#include "shotspec/base/hang_up_signal.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

sigset_t hang_up() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    return signals;
}

}  // namespace

HangUpSignal::HangUpSignal() {
    const sigset_t signals = hang_up();
    descriptor_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!descriptor_) throw Error(ErrorKind::unavailable, "no file descriptor available");
    ::pthread_sigmask(SIG_BLOCK, &signals, &blocked_before_);
}

HangUpSignal::~HangUpSignal() {
    take();
    ::pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

bool HangUpSignal::take() {
    bool came = false;
    signalfd_siginfo info{};
    while (::read(descriptor_.get(), &info, sizeof info) == sizeof info) came = true;
    return came;
}

}  // namespace nightreel
