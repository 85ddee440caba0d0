#pragma once
// Transformers of true sizes with random weights, to be timed where no real ones are at hand. The
// file is written in one pass from one small block of seeded values, scaled for each tensor, so
// that 28 GB need neither memory nor patience. No tensor library; one thread.
// Source of the sizes: diffusers, scripts/convert_wan_to_diffusers.py.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

struct RandomTransformer {
    std::string_view name;
    std::int64_t heads = 0;
    std::int64_t layers = 0;
    std::int64_t feed_forward = 0;
    std::int64_t channels_in = 0;
    std::int64_t channels_out = 0;
};

// Error{usage} lists the names there are.
RandomTransformer random_transformer_named(std::string_view name);

// SCRATCH/NAME-LAYERS with config.json and bf16 weights, kept when it is there already and whole.
// Error{unavailable} when the disk has no room for it.
std::filesystem::path make_random_transformer(const RandomTransformer& model,
                                              const std::filesystem::path& scratch);

}  // namespace nightreel
