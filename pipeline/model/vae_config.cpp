#include "pipeline/model/vae_config.h"

#include <algorithm>

#include "pipeline/checkpoint/model_folder.h"

namespace nightreel {

namespace {

constexpr std::int64_t channels_max = 1 << 16;
constexpr std::int64_t stages_max = 8;

// Keys that older files lack, and what their absence means.
void refuse_other_kinds(JsonConfig& json) {
    const auto require = [&](const char* key, const nlohmann::json& wanted, const char* why) {
        if (json.object().contains(key)) json.require(key, wanted, why);
    };
    require("is_residual", false, "the autoencoder of Wan 2.1");
    require("patch_size", nullptr, "the autoencoder of Wan 2.1");
    require("attn_scales", nlohmann::json::array(), "attention in the middle, not in stages");
    require("in_channels", 3, "pictures have three channels");
    require("out_channels", 3, "pictures have three channels");
}

void check_lengths(const VaeConfig& config, const JsonConfig& json) {
    const std::size_t stages = config.multiples.size();
    if (stages < 2 || stages > stages_max) json.refuse("dim_mult", "2 to 8 stages are supported");
    if (config.halves_time.size() + 1 != stages) {
        json.refuse("temperal_downsample", "one value for each stage but the last is needed");
    }
    const auto channels = static_cast<std::size_t>(config.latent_channels);
    if (config.latents_mean.size() != channels) {
        json.refuse("latents_mean", "one value for each of z_dim channels is needed");
    }
    if (config.latents_std.size() != channels) {
        json.refuse("latents_std", "one value for each of z_dim channels is needed");
    }
    for (const double deviation : config.latents_std) {
        if (!(deviation > 0)) json.refuse("latents_std", "standard deviations are above 0");
    }
}

}  // namespace

std::int64_t VaeConfig::frames_per_latent() const {
    return std::int64_t{1} << std::count(halves_time.begin(), halves_time.end(), true);
}

VaeConfig read_vae_config(const std::filesystem::path& folder) {
    JsonConfig json = read_part_config(folder, "_class_name", "AutoencoderKLWan");
    refuse_other_kinds(json);
    VaeConfig config;
    config.file = json.file();
    config.base = json.integer("base_dim", 1, channels_max);
    config.decoder_base = json.has("decoder_base_dim")
                              ? json.integer("decoder_base_dim", 1, channels_max)
                              : config.base;
    config.latent_channels = json.integer("z_dim", 1, channels_max);
    config.multiples = json.integers("dim_mult", 1, channels_max);
    config.residual_blocks = json.integer("num_res_blocks", 1, stages_max);
    config.halves_time = json.booleans("temperal_downsample");
    config.latents_mean = json.numbers("latents_mean");
    config.latents_std = json.numbers("latents_std");
    check_lengths(config, json);
    json.ignore({"decoder_base_dim", "dropout", "scale_factor_spatial", "scale_factor_temporal"});
    json.refuse_others();
    return config;
}

}  // namespace nightreel
