#pragma once
// A segment of a take as those see it that need its latents. A plain value, any thread.

#include <cstdint>
#include <optional>

#include "pipeline/plan/orders/hand_over_order.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct SegmentPiece {
    Digest latents;
    std::int64_t latent_first = 0;
    std::int32_t latent_count = 0;
    std::int32_t history = 0;  // leading latent frames that the piece before holds already
    // Of a clip that begins with frames of the piece before: where they are, and how many. They are
    // delivered once, from the piece before.
    std::optional<Digest> given = {};
    std::optional<std::int32_t> shared_frames = {};
};

template <class Visitor>
void describe(SegmentPiece& value, Visitor& field) {
    field("latents", value.latents, {.meaning = "Digest of the sample task's result."});
    field("latent_first",
          value.latent_first,
          {.meaning = "Index of the first latent frame in the take."});
    field("latent_count", value.latent_count, {.meaning = "Number of latent frames."});
    field("history",
          value.history,
          {.meaning = "Number of leading latent frames shared with the previous segment."});
    field("given", value.given, {.meaning = given_meaning});
    field("shared_frames",
          value.shared_frames,
          {.meaning = "Number of leading frames that the previous segment delivers."});
}

}  // namespace nightreel
