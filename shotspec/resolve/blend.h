#pragma once
// Which frames of a blend of two clips are kept and which are made. Pure, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "shotspec/night/blend_curve.h"
#include "shotspec/night/resolved_edit.h"

namespace nightreel {

// Frames of the two clips, which both begin with the take.
struct BlendClips {
    std::int64_t a = 0;
    std::int64_t b = 0;
};

struct BlendParts {
    std::vector<EditPart> parts;  // kept ones of clip 0 or 1, in the order of the take
    std::int64_t frames = 0;      // of all
    std::string problem;          // with the curve; empty: none
};

// The take ends where a clip ends that it still needs. Frames that show one clip alone are kept;
// the runs between them are made. A made run before kept frames has a length that streams of the
// model can have (pipeline/plan/edit/made_parts.h): it takes in frames behind it until it does.
// `stride`: frames of a latent frame.
BlendParts parts_of_blend(const std::vector<CurvePoint>& curve,
                          const BlendClips& clips,
                          std::int64_t stride);

}  // namespace nightreel
