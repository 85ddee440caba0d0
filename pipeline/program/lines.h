#pragma once
// The two ways that word reaches the render program: orders as lines on a pipe, and SIGTERM. Both
// are looked at when somebody asks, so that no second thread and no signal handler is needed. One
// thread.

#include <cstddef>
#include <optional>
#include <string>

namespace nightreel {

// Longer orders are refused: that of a take with 10,000 segments has a tenth of it.
inline constexpr std::size_t request_bytes_max = 16 << 20;

// SIGTERM and SIGINT as something to poll. Made before any thread is started: they are blocked from
// then on in every thread.
class StopSignals {
  public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    int descriptor() const { return descriptor_; }

    // Whether one has come. Stays true.
    bool raised();

  private:
    int descriptor_ = -1;
    bool raised_ = false;
};

// Lines from a descriptor. Descriptor and signals are borrowed.
class LineInput {
  public:
    LineInput(int descriptor, StopSignals& signals) : descriptor_(descriptor), signals_(signals) {}

    // Waits for the next line. Empty when the other side has closed, or a stop signal has come.
    std::optional<std::string> wait();

    // Whether nobody wants the task that runs any more: the other side has closed, or a stop signal
    // has come. Does not wait; lines that have arrived are kept for `wait`.
    bool asks_to_stop();

  private:
    void take_arrived(int wait_milliseconds);

    int descriptor_;
    StopSignals& signals_;
    std::string pending_;
    bool closed_ = false;
};

}  // namespace nightreel
