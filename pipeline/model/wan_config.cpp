#include "pipeline/model/wan_config.h"

#include <fmt/format.h>

#include "pipeline/checkpoint/model_folder.h"
#include "shotspec/base/error.h"

namespace nightreel {

WanConfig read_wan_config(const std::filesystem::path& folder) {
    // Generous bounds: they keep products of dimensions far from the ends of 64 bits.
    constexpr std::int64_t many = 1 << 20;
    JsonConfig json = read_part_config(folder, "_class_name", "WanTransformer3DModel");
    WanConfig config;
    config.file = json.file();
    const auto patch = json.integers("patch_size", 1, 64);
    if (patch.size() != 3) json.refuse("patch_size", "three numbers are wanted");
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
    json.require("added_kv_proj_dim", nullptr, "no image conditioning by tokens");
    json.require("image_dim", nullptr, "no image conditioning by tokens");
    json.require("pos_embed_seq_len", nullptr, "no image conditioning by tokens");
    json.refuse_others();
    return config;
}

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
    const std::int64_t layers = weights.layers_of("blocks");
    if (layers < config.layers) {
        weights.refuse(fmt::format("blocks.{}: missing; {} says num_layers = {}, but {} are there",
                                   layers,
                                   config.file.string(),
                                   config.layers,
                                   layers));
    }
    if (layers > config.layers) {
        weights.refuse(
            fmt::format("blocks.{}: unexpected; {} says num_layers = {}, but {} are there",
                        config.layers,
                        config.file.string(),
                        config.layers,
                        layers));
    }
}

}  // namespace nightreel
