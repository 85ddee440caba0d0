#pragma once
// Time is handed in: the only place that reads a clock. Everything else takes a Clock or a time
// value.

#include <chrono>
#include <cstdint>
#include <string>

namespace nightreel {

using Millis = std::chrono::milliseconds;

class Clock {
  public:
    virtual ~Clock() = default;
    // Since an arbitrary point, never going back. For leases, limits and durations.
    virtual Millis steady() const = 0;
    // Since 1970-01-01T00:00:00Z. For people and for times that outlive a process.
    virtual Millis wall() const = 0;
};

// The machine's clocks. Stateless; any thread.
class SystemClock final : public Clock {
  public:
    Millis steady() const override;
    Millis wall() const override;
};

// Set by hand, for tests and the simulator.
class ManualClock final : public Clock {
  public:
    Millis steady() const override { return now_; }

    Millis wall() const override { return now_; }

    void advance(Millis by) { now_ += by; }

  private:
    Millis now_{0};
};

// "2026-11-21T03:04:05.678Z"
std::string utc_text(Millis wall);

}  // namespace nightreel
