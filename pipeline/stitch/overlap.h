#pragma once
// How segments of a take that share latent frames become one stream. Pure; any thread.

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/sample/latent_clip.h"

namespace nightreel {

// Weights of the later one of two neighbours over their overlap, rising evenly from above 0 to
// below 1; those of the earlier one are what is missing to 1.
std::vector<float> rising_weights(std::int32_t overlap);

// One segment's latents and where they lie in the take.
struct LatentSegment {
    std::int64_t first = 0;
    LatentClip latents;
};

// What each segment adds when the frames it was given as history are left to the segments before.
// The segments stand in order; each begins at or before the end of what came before it
// (Error{bad_input} for a gap), at `frames` = the number of latent frames known so far.
LatentClip new_frames(const LatentSegment& segment, std::int64_t frames);

// Segments that were sampled apart, averaged over their overlaps with rising_weights.
LatentClip blended(std::span<const LatentSegment> segments);

}  // namespace nightreel
