#pragma once
// The order of the task between two segments that are streams of their own: the last frames of the
// one, as they are delivered, with which the other begins. A plain value, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/plan/orders/model_reference.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

inline constexpr const char* given_meaning =
    "Digest of the hand_over task's result with whose frames the segment begins.";

// Result: handed_over.safetensors with `frames` [T, H, W, 3], display-referred, and `keys.read`
// [P, I], what the model's image encoder reads of the last one, if it has one. Decoded in float32
// whatever the precision of the take: they are encoded again.
struct HandOverOrder {
    ModelReference model;
    PictureSize size;
    Digest latents;  // of the segment's sample task
    std::int32_t latent_count = 0;
    std::int32_t frames = 1;           // how many of its last frames
    std::optional<Digest> given = {};  // of the segment itself
    std::int32_t shared_frames = 0;    // that it begins with
    std::optional<std::string> device_class = {};
};

template <class Visitor>
void describe(HandOverOrder& value, Visitor& field) {
    field("model", value.model, {.meaning = "The model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("latents", value.latents, {.meaning = "Digest of the sample task's result."});
    field("latent_count", value.latent_count, {.meaning = "Number of latent frames."});
    field("frames", value.frames, {.meaning = "Number of last frames to hand over."});
    field("given", value.given, {.meaning = given_meaning});
    field("shared_frames",
          value.shared_frames,
          {.meaning = "Number of leading frames that the previous segment delivers."});
    field("device_class", value.device_class, {.meaning = device_class_meaning});
}

}  // namespace nightreel
