#pragma once
// Gaussian noise as a pure function of a seed and a place: no generator, no state, no order of
// drawing. A latent frame that two segments share gets the same noise in both, and a segment
// rendered alone gets the noise it would have had in the chain. Plain values, any thread.

#include <cstdint>

#include "pipeline/sample/latent_clip.h"

namespace nightreel {

// Latent frames of a take, first to one past the last.
struct LatentRange {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

// Standard normal values for those frames: Philox4x32-10, then Box-Muller in float32. The key is
// the seed's own bits (pipeline/plan/noise_seed.h says which seed a take has). The counter of four
// neighbouring values of a row-major frame is (place / 4, channel, latent frame, draw). Draw 0 is
// what a clip starts from; a sampler that draws again at a step counts on from there.
LatentClip segment_noise(std::uint64_t seed,
                         LatentRange frames,
                         LatentSize size,
                         std::uint32_t draw = 0);

}  // namespace nightreel
