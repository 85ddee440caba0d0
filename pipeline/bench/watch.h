#pragma once
// What a run of a network took: seconds, of the processor too, and memory. One thread.

#include <cstdint>
#include <string>

#include "shotspec/base/clock.h"

namespace nightreel {

struct RunFigures {
    double seconds = 0;
    double processor_seconds = 0;  // of all threads: what is left when others use the machine too
    std::int64_t peak_bytes = 0;   // since reset_peak_memory()
};

// As members of a JSON object.
std::string members_of(const RunFigures& figures);

// From its making, or from begin().
class BenchWatch {
  public:
    BenchWatch() { begin(); }

    void begin();
    RunFigures figures() const;

  private:
    SystemClock clock_;
    Millis begun_{};
    double processor_begun_ = 0;
};

}  // namespace nightreel
