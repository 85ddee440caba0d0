#pragma once
// A wish to stop that wakes a poll. Any thread.

#include <csignal>

#include "shotspec/base/descriptor.h"

namespace nightreel {

class StopSignal {
  public:
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    bool raised() const;

    // Readable once raised, and ever after.
    int descriptor() const { return descriptor_.get(); }

  protected:
    explicit StopSignal(Descriptor descriptor);
    ~StopSignal() = default;

  private:
    Descriptor descriptor_;
};

// Raised by another thread.
class StopRequest final : public StopSignal {
  public:
    StopRequest();

    void raise() const noexcept;
};

// Raised by SIGTERM and SIGINT, which no longer end the process while this lives. Made before any
// thread is started, because each thread blocks what the one that started it blocked.
class StopOnSignals final : public StopSignal {
  public:
    StopOnSignals();
    ~StopOnSignals();

  private:
    explicit StopOnSignals(const sigset_t& signals);

    sigset_t blocked_before_{};
};

}  // namespace nightreel
