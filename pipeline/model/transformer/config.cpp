#include "pipeline/model/transformer/config.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Generous bounds: they keep products of dimensions far from the ends of 64 bits.
constexpr std::int64_t many = 1 << 20;

constexpr auto kinds = std::to_array<std::pair<std::string_view, WanKind>>(
    {{"WanTransformer3DModel", WanKind::plain},
     {"WanVACETransformer3DModel", WanKind::vace},
     {"SkyReelsV2Transformer3DModel", WanKind::skyreels}});

// The class that a configuration names; the plain one where it names none that is known, which
// read_part_config then refuses.
std::pair<std::string_view, WanKind> kind_of(const nlohmann::json& config) {
    const auto name = config.find("_class_name");
    for (const auto& kind : kinds) {
        if (name != config.end() && *name == kind.first) return kind;
    }
    return kinds[0];
}

void read_pictures(JsonConfig& json, WanConfig& config) {
    if (!json.has("image_dim")) {
        json.require("image_dim", nullptr, "no image conditioning by tokens");
        json.require("added_kv_proj_dim", nullptr, "keys of pictures need image_dim");
        json.require("pos_embed_seq_len", nullptr, "positions of pictures need image_dim");
        return;
    }
    if (config.kind == WanKind::vace) {
        json.refuse("image_dim", "not supported in a model with a control branch");
    }
    config.picture = json.integer("image_dim", 1, many);
    json.require("added_kv_proj_dim", config.width(), "keys of pictures are as wide as the model");
    if (json.has("pos_embed_seq_len")) {
        config.picture_positions = json.integer("pos_embed_seq_len", 1, many);
    } else {
        json.require("pos_embed_seq_len", nullptr, "");
    }
}

void read_control(JsonConfig& json, WanConfig& config) {
    config.control_channels = json.integer("vace_in_channels", 1, many);
    config.control_layers = json.integers("vace_layers", 0, config.layers - 1);
    const auto& layers = config.control_layers;
    if (layers.empty() || layers.front() != 0 ||
        std::ranges::adjacent_find(layers, std::greater_equal<>()) != layers.end()) {
        json.refuse("vace_layers", "expected ascending block numbers that start with 0");
    }
}

}  // namespace

WanConfig read_wan_config(const std::filesystem::path& folder) {
    const auto [class_name, kind] = kind_of(part_config_of(folder));
    JsonConfig json = read_part_config(folder, "_class_name", std::string(class_name));
    WanConfig config;
    config.kind = kind;
    config.file = json.file();
    const auto patch = json.integers("patch_size", 1, 64);
    if (patch.size() != 3) json.refuse("patch_size", "expected three numbers");
    config.patch = {patch[0], patch[1], patch[2]};
    config.heads = json.integer("num_attention_heads", 1, 4096);
    config.head_size = json.integer("attention_head_dim", 2, 4096);
    config.layers = json.integer("num_layers", 1, 4096);
    config.feed_forward = json.integer("ffn_dim", 1, many);
    config.sinusoid = json.integer("freq_dim", 2, many);
    config.text = json.integer("text_dim", 1, many);
    config.channels_in = json.integer("in_channels", 1, many);
    config.channels_out = json.integer("out_channels", 1, many);
    config.positions_max = json.integer("rope_max_seq_len", 1, many);
    config.epsilon = json.number("eps");
    if (config.head_size % 2 != 0)
        json.refuse("attention_head_dim", "must be even: pairs are rotated");
    if (config.sinusoid % 2 != 0) json.refuse("freq_dim", "must be even: cosines and sines");
    json.require("cross_attn_norm", true, "the norm before cross attention");
    json.require("qk_norm", "rms_norm_across_heads", "the norm of queries and keys");
    read_pictures(json, config);
    if (kind == WanKind::vace) read_control(json, config);
    if (kind == WanKind::skyreels) {
        config.knows_rate = json.boolean("inject_sample_info");
        config.frames_per_block = json.integer("num_frame_per_block", 1, many);
    }
    json.refuse_others();
    return config;
}

namespace {

void check_layers(const WanConfig& config, const Weights& weights) {
    const std::int64_t layers = weights.layers_of("blocks");
    if (layers < config.layers) {
        weights.refuse(
            fmt::format("blocks.{}: missing; {} has num_layers = {}, but the weights "
                        "have {} blocks",
                        layers,
                        config.file.string(),
                        config.layers,
                        layers));
    }
    if (layers > config.layers) {
        weights.refuse(fmt::format(
            "blocks.{}: unexpected; {} has num_layers = {}, but the weights have {} blocks",
            config.layers,
            config.file.string(),
            config.layers,
            layers));
    }
}

}  // namespace

void check_dimensions(const WanConfig& config, const Weights& weights) {
    const auto refuse = [&](const std::string& what) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", config.file.string(), what));
    };
    if (const auto shape = weights.shape_of("patch_embedding.weight");
        shape && !shape->empty() && shape->front() != config.width()) {
        refuse(fmt::format(
            "num_attention_heads x attention_head_dim is {} x {} = {}, but the model in {} "
            "is {} wide",
            config.heads,
            config.head_size,
            config.width(),
            weights.file().string(),
            shape->front()));
    }
    check_layers(config, weights);
}

}  // namespace nightreel
