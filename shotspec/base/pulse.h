#pragma once
// Heartbeat of long work: whoever waits for it can tell slow from stuck. A value that is handed to
// the work and called on its thread, often and cheaply; it may throw Error{cancelled} to end it.

#include <functional>

namespace nightreel {

// `share`: how much of the pass or file in hand is done, up to 1; 0 where that is not known.
using Pulse = std::function<void(double share)>;

inline void beat(const Pulse& pulse, double share = 0) {
    if (pulse) pulse(share);
}

}  // namespace nightreel
