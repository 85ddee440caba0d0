#pragma once
// What one segment is sampled from: everything that decides its latents. Plain values, any thread.

#include <cstdint>
#include <functional>
#include <vector>

#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/noise.h"
#include "shotspec/model_card.h"

namespace nightreel {

// An encoded prompt: one row for each of its tokens, the end token included, nothing after it.
struct TextStates {
    std::int32_t rows = 0;
    std::int32_t width = 0;
    std::vector<float> values;

    friend bool operator==(const TextStates&, const TextStates&) = default;
};

// Latent frames that are given: the network sees them at timestep 0 and they come out as they went
// in.
struct CleanFrames {
    std::int32_t first = 0;  // within the segment
    LatentClip latents;
};

struct SegmentRequest {
    NoiseKey noise;
    LatentRange frames;  // which latent frames of the take the segment covers
    LatentSize size;
    TextStates prompt;
    TextStates negative;             // not read when the guidance is 1
    std::vector<CleanFrames> clean;  // history at the front, given pictures anywhere
    LatentClip references;           // one latent frame a picture; 0 frames: none
    SamplingSettings sampling;
};

// Called after each step with the number of steps done. To cancel, throw Error{cancelled}.
using StepDone = std::function<void(int done, int steps)>;

}  // namespace nightreel
