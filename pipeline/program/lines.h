#pragma once
// The two ways that word reaches the render program: orders as lines on a pipe, and SIGTERM. Both
// are looked at when somebody asks, so that no second thread and no signal handler is needed. One
// thread.

#include <cstddef>
#include <optional>
#include <string>

#include "shotspec/base/clock.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {

// Longer orders are refused: that of a take with 10,000 segments has a tenth of it.
inline constexpr std::size_t request_bytes_max = 16 << 20;

// Lines from a descriptor. Descriptor and stop signal are borrowed.
class LineInput {
  public:
    LineInput(int descriptor, const StopSignal& stop) : descriptor_(descriptor), stop_(stop) {}

    // Waits for the next line. Empty when the other side has closed, a stop signal has come, or
    // nothing has come for `silence_max`.
    std::optional<std::string> wait(Millis silence_max = for_ever);

    // The same whether or not a stop signal has come.
    std::optional<std::string> wait_when_stopped();

    // Whether nobody wants the task that runs any more: the other side has closed, or a stop signal
    // has come. Does not wait; lines that have arrived are kept for `wait`.
    bool asks_to_stop();

  private:
    static constexpr Millis for_ever{-1};

    std::optional<std::string> take_line();
    bool take_arrived(int wait_milliseconds, bool heeds_stop = true);

    int descriptor_;
    const StopSignal& stop_;
    std::string pending_;
    bool closed_ = false;
};

}  // namespace nightreel
