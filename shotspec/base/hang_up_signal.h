#pragma once
// SIGHUP as a wish that wakes a poll: "read your settings again". It no longer ends the process
// while this lives. Made before any thread is started, because each thread blocks what the one that
// started it blocked. One thread.

#include <csignal>

#include "shotspec/base/descriptor.h"

namespace nightreel {

class HangUpSignal {
  public:
    // Throws Error{unavailable}.
    HangUpSignal();
    ~HangUpSignal();
    HangUpSignal(const HangUpSignal&) = delete;
    HangUpSignal& operator=(const HangUpSignal&) = delete;

    // True once after one or more signals.
    bool take();

    int descriptor() const { return descriptor_.get(); }

  private:
    sigset_t blocked_before_{};
    Descriptor descriptor_;
};

}  // namespace nightreel
