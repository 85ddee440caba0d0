#pragma once
// The headers of frames of a take, of what an order says. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/picture/exr/exr.h"
#include "shotspec/base/digest.h"

namespace nightreel {

struct FrameFacts {
    std::string show;
    std::string shot;
    std::int32_t take = 1;
    std::string model;
    Digest model_digest;
    FrameRate rate;
    std::int64_t first = 0;  // number of the first frame
    std::optional<ExrCoding> exr;
};

// Facts that are the same in every run; when and where it was made stands in publish.json.
ExrHeader header_of(const FrameFacts& facts);

WorkingSpace space_of(ExrColour colour);

// Frames pass between tasks as scene-linear Rec.709; these are delivered in another space.
FrameRgb in_space(FrameRgb rec709, WorkingSpace space);

}  // namespace nightreel
