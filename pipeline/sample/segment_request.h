#pragma once
// Everything that determines the latents of one segment. Plain values, any thread.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/noise.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/lora_settings.h"

namespace nightreel {

// Output of an encoder for a prompt or for pictures: one row per token.
struct TokenStates {
    std::int32_t rows = 0;
    std::int32_t width = 0;
    std::vector<float> values;

    friend bool operator==(const TokenStates&, const TokenStates&) = default;
};

// Encoded prompt, up to and including the end token.
using TextStates = TokenStates;

// Given latent frames: the network sees them at timestep 0, and they are returned unchanged.
struct CleanFrames {
    std::int32_t first = 0;  // within the segment
    LatentClip latents;
};

// First and last picture of a clip, display-referred in [0, 1], of the size of the clip.
struct GivenPictures {
    std::optional<FrameRgb> first;
    std::optional<FrameRgb> last;
    TokenStates seen;  // result of Engine::read_pictures
};

// Latents of a clip from which a segment starts: mixed with noise to the first level of the
// solver's grid at or below this one, which is where it begins.
struct StartLatents {
    LatentClip latents;
    double noise_level = 1;
    // Of each latent frame, the level down to which it stays that mixture; 0: it comes out as the
    // clip. Absent: none is held.
    std::optional<std::vector<double>> levels = {};
};

// Texts of a take in windows, of which each has one.
struct WindowTexts {
    std::vector<TextStates> texts;
    std::vector<std::int32_t> of_window;  // index in `texts`
};

// A clip of all frames of a segment for the control channels, display-referred in [0, 1]. Where a
// pixel is to be made and nothing is shown of it, it is mid-grey.
struct ControlFrames {
    std::vector<FrameRgb> frames;
    std::vector<std::vector<float>> made;  // of each frame, 1 a pixel to make; empty: all are
};

struct SegmentRequest {
    std::uint64_t noise_seed = 0;
    LatentRange frames;  // which latent frames of the take the segment covers
    LatentSize size;
    double rate = 0;  // frames per second; used only by some models
    TextStates prompt;
    TextStates negative;             // unused when the guidance is 1
    std::vector<CleanFrames> clean;  // history at the front, given pictures anywhere
    LatentClip references;           // one latent frame per picture; 0 frames: none
    GivenPictures given;
    std::optional<StartLatents> start = {};  // absent: from noise alone
    // 4 k + 1 frames that a clip begins with, for a model with control channels: seen there with
    // mask 0, all others with mask 1.
    std::vector<FrameRgb> kept;
    std::optional<ControlFrames> control = {};  // likewise; kept frames stand before those of it
    std::optional<WindowSettings> windows;  // of a segment that is longer than the model's window
    std::optional<WindowTexts> window_texts = {};  // absent: all have the prompt
    std::vector<SegmentLora> loras;
    SamplingSettings sampling;
    StepCacheFit step_cache_fit;  // used only with a step cache
};

// What a task left of a window of a take, from 0.
struct WindowFile {
    std::size_t window = 0;
    std::filesystem::path state;
};

// Some steps of one window.
struct WindowTask {
    std::size_t window = 0;
    int step_first = 0;
    int step_end = 0;
    std::vector<WindowFile> states;  // of windows that share frames with it, and its own
};

// Progress of a segment, and what its last step skipped.
struct StepReport {
    int done = 0;
    int steps = 0;
    bool has_skipped = false;  // the network's blocks
    bool has_reused = false;   // the difference of guidance
};

// Called after each step. To cancel, throw Error{cancelled}.
using StepDone = std::function<void(const StepReport& report)>;

}  // namespace nightreel
