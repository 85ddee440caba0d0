#pragma once
// Where the windows of a take lie that is sampled as a whole: all of one length, spread evenly, the
// first at the take's start and the last at its end. A window after the first is shown one latent
// frame more in front, whose output is dropped: the first position of a window is a picture to the
// network, and only the take's own first frame is one (the anchor latent of ComfyUI and Wan2GP).
// Source of averaging: MultiDiffusion (Bar-Tal et al. 2023), ComfyUI comfy/context_windows.py.
// Pure, any thread.

#include <cstdint>
#include <vector>

#include "shotspec/card/strategy.h"

namespace nightreel {

struct LatentWindow {
    std::int64_t first = 0;  // of what is shown, the anchor included
    std::int32_t count = 0;
    std::int32_t anchor = 0;     // leading latent frames whose output is dropped
    std::vector<float> weights;  // of each latent frame that is shown; the anchor's are 0

    std::int64_t own_first() const { return first + anchor; }

    std::int64_t end() const { return first + count; }

    friend bool operator==(const LatentWindow&, const LatentWindow&) = default;
};

// Over an overlap of n frames weights rise as (i + 1) / (n + 1) and fall as they rise in the
// neighbour; elsewhere they are 1. Where more than two windows meet, the sum is not 1. A take that
// is no longer than a window is one window. Error{bad_input} where no frame would be new.
std::vector<LatentWindow> place_windows(std::int64_t latent_count, const WindowSettings& settings);

// The latent frame of the take whose noise each frame starts from: itself, or with free_noise one
// of the first window's, reordered for each stretch of a window's new frames by the seed. Source:
// FreeNoise (Qiu et al. 2023).
std::vector<std::int64_t> noise_frames(std::int64_t latent_count,
                                       const WindowSettings& settings,
                                       std::uint64_t seed);

}  // namespace nightreel
