#pragma once
// The timecode of a frame number. Pure; any thread.

#include <cstdint>
#include <string>

#include "shotspec/describe/units.h"

namespace nightreel {

// Non-drop: it counts frames, and at 24000/1001 runs behind the clock on the wall. Studios number
// frames, not wall time, and frame 1001 at 24 is 00:00:41:17 in every tool.
struct Timecode {
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    int frames = 0;

    friend bool operator==(const Timecode&, const Timecode&) = default;
};

// Frames counted in one second of timecode: the rate rounded to a whole number, at least 1.
std::int64_t timecode_base(FrameRate rate);

// Frame 0 is 00:00:00:00; after 24 hours, and below zero, it wraps around.
Timecode timecode_of(std::int64_t frame, FrameRate rate);

std::string text_of(Timecode timecode);  // "00:00:41:17"

}  // namespace nightreel
