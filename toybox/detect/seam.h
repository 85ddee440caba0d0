#pragma once
// How much a joint between segments shows: the change of the picture over it against the change
// that is usual in the same stream. 1 is an invisible joint. Pure.

#include <cstddef>
#include <span>
#include <vector>

#include "toybox/world/frame.h"

namespace nightreel::toybox {

// Which steps between frames count as usual.
enum class UsualSteps {
    away_from_joints,  // more than two frames from every joint: segments that overlap
    away_from_starts,  // more than two frames after the start of a segment: segments without
                       // overlap
};

// Mean absolute difference of each frame from the one before: frames - 1 values.
std::vector<double> steps_of(std::span<const Frame> stream);

// One ratio a joint. A joint is the index of the first frame that a segment brings, and not 0.
std::vector<double> seam_ratios(std::span<const Frame> stream,
                                std::span<const std::size_t> joints,
                                UsualSteps usual = UsualSteps::away_from_joints);

}  // namespace nightreel::toybox
