#pragma once
// Diffusion forcing: how the frames of a segment go through the noise levels when each of them has
// a level of its own, for models that were trained for it. Described once here. Plain values, any
// thread. Source: Chen et al., "SkyReels-V2", arXiv 2504.13074; what its programs call these is in
// docs/forcing.md.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shotspec/describe/fields.h"

namespace nightreel {

// Models of this family are sampled so whether their card says it or not.
inline constexpr std::string_view forcing_family = "skyreels-v2-df";

inline constexpr std::int32_t forcing_block_max = 1000;
inline constexpr std::int32_t forcing_lag_max = 1000;           // no segment has more steps
inline constexpr std::int32_t forcing_history_noise_max = 999;  // of 1000 timesteps

struct ForcingSettings {
    std::int32_t block = 1;  // latent frames that move together
    std::int32_t lag = 0;    // steps between neighbouring blocks; 0: all move at once
    double history_noise =
        0;  // timestep of the noise that given frames at the front are shown with

    friend bool operator==(const ForcingSettings&, const ForcingSettings&) = default;
};

// What a night says of it: the rest is the model's.
struct ForcingAsked {
    std::optional<std::int32_t> block;
    std::optional<std::int32_t> lag;
    std::optional<double> history_noise;
};

// Both have the same fields.
template <class Forcing, class Visitor>
void describe_forcing(Forcing& value, Visitor& field) {
    field("block",
          value.block,
          {.meaning = "Latent frames in a block. Frames of a block are denoised together; from 2 "
                      "on, attention sees only the same and earlier blocks (causal_block_size).",
           .minimum = 1,
           .maximum = forcing_block_max,
           .example = "5",
           .fallback = "set by the model card"});
    field("lag",
          value.lag,
          {.meaning = "Number of steps by which each block lags behind the previous one; 0 "
                      "denoises all blocks at once (ar_step).",
           .minimum = 0,
           .maximum = forcing_lag_max,
           .example = "5",
           .fallback = "set by the model card"});
    field("history_noise",
          value.history_noise,
          {.meaning = "Timestep (0 to 999) of the noise added to the given frames at the start of "
                      "a segment; 0 adds none (addnoise_condition).",
           .minimum = 0,
           .maximum = forcing_history_noise_max,
           .example = "20",
           .fallback = "set by the model card"});
}

template <class Visitor>
void describe(ForcingSettings& value, Visitor& field) {
    describe_forcing(value, field);
}

template <class Visitor>
void describe(ForcingAsked& value, Visitor& field) {
    describe_forcing(value, field);
}

// Calls of the network for so many steps of so many blocks: a block waits for the end of the one
// before it at the longest.
constexpr std::int64_t forcing_calls(std::int32_t steps, std::int64_t blocks, std::int32_t lag) {
    return steps + (blocks - 1) * std::min(lag, steps);
}

// So many latent frames, and those that are missing for a whole number of blocks.
constexpr std::int64_t whole_blocks(std::int64_t latents, std::int64_t block) {
    return (latents + block - 1) / block * block;
}

}  // namespace nightreel
