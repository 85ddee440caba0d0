#pragma once
// The timecode of a frame number. Pure; any thread.

#include <cstdint>
#include <optional>
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

// As files keep it (SMPTE ST 12-1): the frames of a second are counted from 0 to 29. Above 30
// frames a second those are pairs of frames, and the field mark says which frame of its pair it is.
struct PackedTimecode {
    Timecode time;            // its frames are pairs above 30 frames a second
    bool field_mark = false;  // the second frame of a pair

    friend bool operator==(const PackedTimecode&, const PackedTimecode&) = default;
};

// Nothing above 60 frames a second, where two frames would have the same one.
std::optional<PackedTimecode> packed(Timecode timecode, FrameRate rate);

// Back again. A file's numbers are taken as they are.
Timecode unpacked(PackedTimecode packed, FrameRate rate);

}  // namespace nightreel
