#pragma once
// The first frame of a review movie, and what is burnt into every other one. No date and no host: a
// slate is the same whenever it is made. One thread.

#include <cstdint>
#include <string>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/picture/text.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct SlateFacts {
    std::string show;
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take = 1;
    FrameRange frames;  // handles included
    FrameRange cut;     // without handles
    FrameRate rate;
    PictureSize size;  // as generated
    std::string model;
    std::uint64_t seed = 0;
    std::string colour;  // of the EXR frames: "lin_ap1_scene"
    std::string submitting_for = "WIP";
};

// Lines of `facts` at the left, `thumbnail` at the right.
FrameRgb make_slate(TextPainter& painter,
                    const SlateFacts& facts,
                    const FrameRgb& thumbnail,
                    int width,
                    int height);

// Shot, take, timecode and frame number (bottom right), whether the frame is a handle, and that the
// picture is generated, inside the picture.
void burn_in(TextPainter& painter, FrameRgb& picture, const SlateFacts& facts, std::int64_t frame);

// "1001-1096 (96 frames, 00:00:08:00)   cut 1009-1088, handles 8 and 8   seed 5"
std::string frames_text(const SlateFacts& facts);

}  // namespace nightreel
