#pragma once
// Frames of the toy world side by side, as a picture for people and for reference files. Pure.

#include <span>

#include "pipeline/picture/colour/frame.h"
#include "toybox/world/frame.h"

namespace nightreel::toybox {

// Display-referred; at least one frame.
FrameRgb strip_of(std::span<const Frame> frames);

}  // namespace nightreel::toybox
