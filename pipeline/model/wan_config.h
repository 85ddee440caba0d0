#pragma once
// The dimensions of a Wan transformer, as its config.json gives them. A value.

#include <array>
#include <cstdint>
#include <filesystem>

#include "pipeline/model/weights.h"

namespace nightreel {

struct WanConfig {
    std::filesystem::path file;
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

    std::int64_t width() const { return heads * head_size; }

    std::int64_t patch_items(std::int64_t channels) const {
        return channels * patch[0] * patch[1] * patch[2];
    }
};

WanConfig read_wan_config(const std::filesystem::path& folder);

// Says which key of the configuration does not fit the file, before single tensors are compared.
void check_dimensions(const WanConfig& config, const Weights& weights);

}  // namespace nightreel
