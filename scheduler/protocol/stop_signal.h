#pragma once

// A wish to stop that wakes a poll: raised by another thread or by SIGTERM and SIGINT. Any thread.

namespace nightreel {

class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    void raise() const noexcept;  // also from a signal handler
    bool raised() const;

    // Readable once raised, and ever after.
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

// While it lives, SIGTERM and SIGINT raise `stop` instead of ending the process. One at a time, for
// the main program of a daemon.
class StopOnSignals {
  public:
    explicit StopOnSignals(const StopSignal& stop);
    ~StopOnSignals();
    StopOnSignals(const StopOnSignals&) = delete;
    StopOnSignals& operator=(const StopOnSignals&) = delete;
};

}  // namespace nightreel
