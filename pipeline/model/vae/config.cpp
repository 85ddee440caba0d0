#include "pipeline/model/vae/config.h"

#include <algorithm>

#include "pipeline/checkpoint/layout/model_folder.h"

namespace nightreel {

namespace {

constexpr std::int64_t channels_max = 1 << 16;
constexpr std::int64_t stages_max = 8;
constexpr std::int64_t patch_max = 8;

// Keys that older files lack: their absence means an autoencoder of Wan 2.1.
void read_kind(JsonConfig& json, VaeConfig& config) {
    const auto require = [&](const char* key, const nlohmann::json& wanted, const char* why) {
        if (json.object().contains(key)) json.require(key, wanted, why);
    };
    if (json.has("is_residual")) config.has_shortcuts = json.boolean("is_residual");
    if (json.has("patch_size")) config.patch = json.integer("patch_size", 1, patch_max);
    require("attn_scales", nlohmann::json::array(), "attention in the middle, not in stages");
    require("in_channels", config.picture_channels(), "three for each pixel of a patch");
    require("out_channels", config.picture_channels(), "three for each pixel of a patch");
}

// A shortcut averages or repeats whole channels.
void check_shortcuts(const VaeConfig& config, const JsonConfig& json) {
    for (std::size_t stage = 0; stage < config.multiples.size(); ++stage) {
        const bool is_last = stage == config.halves_time.size();
        const std::int64_t cell = is_last ? 1 : 4 * (config.halves_time[stage] ? 2 : 1);
        const std::int64_t above = stage == 0 ? 1 : config.multiples[stage - 1];
        if (config.base * above * cell % (config.base * config.multiples[stage]) != 0) {
            json.refuse("dim_mult", "channels of neighbouring stages must divide evenly");
        }
    }
    for (std::size_t stage = 0; stage < config.halves_time.size(); ++stage) {
        const std::size_t deeper = std::min(stage + 2, config.multiples.size() - 1);
        const std::int64_t cell = 4 * (config.halves_time[stage] ? 2 : 1);
        if (config.multiples[stage + 1] * cell % config.multiples[deeper] != 0) {
            json.refuse("dim_mult", "channels of neighbouring stages must divide evenly");
        }
    }
}

void check_lengths(const VaeConfig& config, const JsonConfig& json) {
    const std::size_t stages = config.multiples.size();
    if (stages < 2 || stages > stages_max) json.refuse("dim_mult", "expected 2 to 8 stages");
    if (config.halves_time.size() + 1 != stages) {
        json.refuse("temperal_downsample", "expected one value for each stage but the last");
    }
    const auto channels = static_cast<std::size_t>(config.latent_channels);
    if (config.latents_mean.size() != channels) {
        json.refuse("latents_mean", "expected one value for each of z_dim channels");
    }
    if (config.latents_std.size() != channels) {
        json.refuse("latents_std", "expected one value for each of z_dim channels");
    }
    for (const double deviation : config.latents_std) {
        if (!(deviation > 0)) json.refuse("latents_std", "must be above 0");
    }
}

}  // namespace

std::int64_t VaeConfig::frames_per_latent() const {
    return std::int64_t{1} << std::count(halves_time.begin(), halves_time.end(), true);
}

VaeConfig read_vae_config(const std::filesystem::path& folder) {
    JsonConfig json = read_part_config(folder, "_class_name", "AutoencoderKLWan");
    VaeConfig config;
    read_kind(json, config);
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
    if (config.has_shortcuts) check_shortcuts(config, json);
    json.ignore({"decoder_base_dim",
                 "is_residual",
                 "patch_size",
                 "dropout",
                 "scale_factor_spatial",
                 "scale_factor_temporal"});
    json.refuse_others();
    return config;
}

}  // namespace nightreel
