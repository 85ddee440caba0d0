#pragma once
// What one segment is sampled from: everything that decides its latents. Plain values, any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/noise.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/lora_settings.h"

namespace nightreel {

// What an encoder made of a prompt or of pictures: a row for each token.
struct TokenStates {
    std::int32_t rows = 0;
    std::int32_t width = 0;
    std::vector<float> values;

    friend bool operator==(const TokenStates&, const TokenStates&) = default;
};

// Of a prompt: the end token included, nothing after it.
using TextStates = TokenStates;

// Latent frames that are given: the network sees them at timestep 0 and they come out as they went
// in.
struct CleanFrames {
    std::int32_t first = 0;  // within the segment
    LatentClip latents;
};

// Pictures that a clip begins and ends with, display-referred in [0, 1], of the clip's size.
struct GivenPictures {
    std::optional<FrameRgb> first;
    std::optional<FrameRgb> last;
    TokenStates seen;  // what Engine::read_pictures made of them
};

struct SegmentRequest {
    NoiseKey noise;
    LatentRange frames;  // which latent frames of the take the segment covers
    LatentSize size;
    double rate = 0;  // frames a second; read by models that are told them
    TextStates prompt;
    TextStates negative;             // not read when the guidance is 1
    std::vector<CleanFrames> clean;  // history at the front, given pictures anywhere
    LatentClip references;           // one latent frame a picture; 0 frames: none
    GivenPictures given;
    std::vector<SegmentLora> loras;
    SamplingSettings sampling;
    StepCacheFit step_cache_fit;  // read when the sampling has a step cache
};

// How far a segment is, and what its last step left out.
struct StepReport {
    int done = 0;
    int steps = 0;
    bool has_skipped = false;  // the network's blocks
    bool has_reused = false;   // the difference of guidance
};

// Called after each step. To cancel, throw Error{cancelled}.
using StepDone = std::function<void(const StepReport& report)>;

}  // namespace nightreel
