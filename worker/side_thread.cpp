#include "worker/side_thread.h"

#include <cstdint>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

SideThread::SideThread() : ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (ended_ < 0) throw Error(ErrorKind::unavailable, "no file descriptor available");
}

SideThread::~SideThread() {
    if (thread_.joinable()) thread_.join();
    ::close(ended_);
}

void SideThread::start(std::function<void()> job) {
    NIGHTREEL_CHECK(!busy(), "one job at a time");
    thrown_ = nullptr;
    thread_ = std::thread([this, job = std::move(job)] {
        try {
            job();
        } catch (...) {
            // The task boundary: the owner gets it from take_end.
            thrown_ = std::current_exception();
        }
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(ended_, &one, sizeof one);
    });
}

bool SideThread::take_end() {
    std::uint64_t count = 0;
    if (!busy() || ::read(ended_, &count, sizeof count) < 0) return false;
    thread_.join();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return true;
}

}  // namespace nightreel
