#pragma once
// The native engine as the measurements use it: captions in, latents and toy world frames out, with
// the settings that the recipe's figures were measured with. Owned by one thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/engine.h"
#include "toybox/world/frame.h"

namespace nightreel::toybox {

constexpr std::int32_t window_latents = 5;  // 17 frames, one period of the world
constexpr std::size_t window_frames = 17;
constexpr std::size_t frames_per_latent = 4;

// The settings that the recipe's figures were measured with.
inline constexpr SamplingSettings recipe_sampling{
    .solver = Solver::euler, .schedule = Schedule::uniform, .steps = 20, .guidance = 4, .shift = 3};

struct ClipOrder {
    std::string name;  // names its noise
    std::string caption;
    std::int64_t first_latent = 0;    // within the take
    LatentClip history;               // clean latent frames at its front; may have none
    std::optional<LatentClip> sheet;  // as encode_sheet gives it
    std::int32_t latents = window_latents;
    SamplingSettings sampling = recipe_sampling;
};

// Of a display-referred picture, in 8 bits.
Frame developed(const FrameRgb& display);

class ClipMaker {
  public:
    explicit ClipMaker(const std::filesystem::path& model);

    LatentClip encode_sheet(const Frame& sheet);

    // The latents of one window, its history included.
    LatentClip sample(const ClipOrder& order);

    Clip decode(const LatentClip& latents);
    // Display-referred, as the decoder gives them.
    std::vector<FrameRgb> decode_display(const LatentClip& latents);
    // Pictures as a clip of their own: 4 k + 1 of them.
    LatentClip encode(std::span<const FrameRgb> pictures);

  private:
    Engine engine_;
    TextStates without_prompt_;
};

}  // namespace nightreel::toybox
