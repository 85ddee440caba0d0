#pragma once
// Measures a take while its frames pass by: one frame and a few numbers for each earlier one are
// kept. One thread.

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/takes/take_metrics.h"

namespace nightreel {

// Differences this near to a joint are not taken for the motion of the take.
inline constexpr std::int64_t joint_reach_frames = 2;
// Below this motion, in code values, a take stands still and a ratio would mean nothing.
inline constexpr double motion_floor = 0.05;
// The share of a take at either end that drift is measured between.
inline constexpr double drift_share = 0.15;

class TakeMeter {
  public:
    // `joints` are the numbers of the first frames behind each joint, in order.
    TakeMeter(std::int64_t first_frame, std::vector<std::int64_t> joints);

    // The next frame, display-referred; all frames have one size.
    void add(const FrameRgb& display);

    TakeMetrics finish() const;

  private:
    bool near_joint(std::int64_t frame) const;
    double drift() const;
    double flicker() const;
    std::vector<FrameRange> freezes() const;

    std::int64_t first_frame_;
    std::vector<std::int64_t> joints_;
    std::vector<std::uint8_t> previous_;
    std::vector<double> differences_;           // [k]: of frame k + 1 to frame k
    std::vector<std::array<double, 3>> means_;  // of each frame, in code values
    std::vector<std::int64_t> black_;
    std::vector<std::int64_t> broken_;
};

}  // namespace nightreel
