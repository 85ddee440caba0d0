#pragma once
// The order of the task that makes the delivered frames of a take whose model has another frame
// rate than the show. A plain value, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/rate_conversion.h"
#include "shotspec/picture/exr_coding.h"

namespace nightreel {

// Result: frame.<number>.exr for every number of `frames`, and SHA256SUMS. A frame that is not
// mixed has the values of the model's frame, bit for bit. Frames are mixed in scene-linear light.
struct RetimeOrder {
    Digest frames_artifact;
    FrameRange made;    // numbers of the model's frames
    FrameRange frames;  // numbers of the delivered frames
    RateChange change;
    std::string show;  // for the headers
    std::string shot;
    std::int32_t take = 1;
    std::string model_name;
    Digest model_digest;
    std::optional<ExrCoding> exr = {};
};

template <class Visitor>
void describe(RetimeOrder& value, Visitor& field) {
    field("frames_artifact",
          value.frames_artifact,
          {.meaning = "Digest of the decode task's result."});
    field("made", value.made, {.meaning = "Range of the model's frames."});
    field("frames", value.frames, {.meaning = "Range of the delivered frames."});
    field("change", value.change, {.meaning = "Frame rates and how the one becomes the other."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("take", value.take, {.meaning = "Take number."});
    field("model_name", value.model_name, {.meaning = "Name of the model."});
    field("model_digest", value.model_digest, {.meaning = "Digest of the model card."});
    field("exr", value.exr, {.meaning = exr_coding_meaning});
}

}  // namespace nightreel
