#pragma once
// The dimensions of a transformer of the Wan family, as its config.json gives them. A value.
// Sources: diffusers, models/transformers/transformer_{wan,wan_vace,skyreels_v2}.py.

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/model/tensor/weights.h"

namespace nightreel {

enum class WanKind {
    plain,     // text or pictures to video
    vace,      // with a control branch
    skyreels,  // diffusion forcing: a timestep for each latent frame
};

struct WanConfig {
    std::filesystem::path file;
    WanKind kind = WanKind::plain;
    std::array<std::int64_t, 3> patch{1, 2, 2};  // frames, rows, columns
    std::int64_t heads = 0;
    std::int64_t head_size = 0;
    std::int64_t layers = 0;
    std::int64_t feed_forward = 0;
    std::int64_t sinusoid = 0;
    std::int64_t text = 0;
    std::int64_t channels_in = 0;
    std::int64_t channels_out = 0;
    std::int64_t positions_max = 0;  // along one axis
    double epsilon = 0.0;
    std::int64_t picture = 0;                  // width of a picture's tokens; 0: takes no pictures
    std::int64_t picture_positions = 0;        // tokens that have a learned position; 0: none
    std::vector<std::int64_t> control_layers;  // blocks that are followed by a hint, rising
    std::int64_t control_channels = 0;
    bool knows_rate = false;            // is told the frame rate
    std::int64_t frames_per_block = 1;  // of causal attention; 1: every token sees all others

    std::int64_t width() const { return heads * head_size; }

    std::int64_t patch_items(std::int64_t channels) const {
        return channels * patch[0] * patch[1] * patch[2];
    }
};

WanConfig read_wan_config(const std::filesystem::path& folder);

// Says which key of the configuration does not fit the file, before single tensors are compared.
void check_dimensions(const WanConfig& config, const Weights& weights);

}  // namespace nightreel
