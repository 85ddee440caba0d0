#include "pipeline/checkpoint/layout/derived_config.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nightreel {
namespace {

using nlohmann::json;
using Shape = std::vector<std::int64_t>;

constexpr std::int64_t head_size = 128;               // of every published transformer
constexpr std::int64_t image_encoder_head_size = 80;  // ViT-H: 1280 in 16 heads

constexpr std::array<double, 16> mean_2_1{-0.7571,
                                          -0.7089,
                                          -0.9113,
                                          0.1075,
                                          -0.1745,
                                          0.9653,
                                          -0.1517,
                                          1.5508,
                                          0.4134,
                                          -0.0715,
                                          0.5517,
                                          -0.3632,
                                          -0.1922,
                                          -0.9497,
                                          0.2503,
                                          -0.2921};
constexpr std::array<double, 16> deviation_2_1{2.8184,
                                               1.4541,
                                               2.3275,
                                               2.6558,
                                               1.2196,
                                               1.7708,
                                               2.6052,
                                               2.0743,
                                               3.2687,
                                               2.1526,
                                               2.8652,
                                               1.5579,
                                               1.6382,
                                               1.1253,
                                               2.8251,
                                               1.9160};
constexpr std::array<double, 48> mean_2_2{
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174,  0.1838,  0.1557,  -0.1382, 0.0542,
    0.2813,  0.0891,  0.1570,  -0.0098, 0.0375,  -0.1825, -0.2246, -0.1207, -0.0698, 0.5109,
    0.2665,  -0.2108, -0.2158, 0.2502,  -0.2055, -0.0322, 0.1109,  0.1567,  -0.0729, 0.0899,
    -0.2799, -0.1230, -0.0313, -0.1649, 0.0117,  0.0723,  -0.2839, -0.2083, -0.0520, 0.3748,
    0.0152,  0.1957,  0.1433,  -0.2944, 0.3573,  -0.0548, -0.1681, -0.0667};
constexpr std::array<double, 48> deviation_2_2{
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901,
    0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659,
    0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944,
    0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744};

// Shapes of tensors that the network cannot lack.
class Shapes {
  public:
    explicit Shapes(const StoredPart& part) : part_(part) {}

    bool has(const std::string& name) const { return part_.contains(name); }

    const Shape& of(const std::string& name, std::size_t rank) const {
        const StoredPart::Place* place = part_.find(name);
        if (place == nullptr)
            part_.refuse(name + ": missing; the size of the network is derived from it");
        const Shape& shape = place->tensor.shape;
        bool is_empty = false;
        for (const std::int64_t size : shape) is_empty = is_empty || size < 1;
        if (shape.size() != rank || is_empty) {
            part_.refuse(fmt::format(
                "{}: shape [{}]: expected {} dimensions", name, fmt::join(shape, ", "), rank));
        }
        return shape;
    }

    std::int64_t quotient(std::int64_t whole, std::int64_t part, const std::string& what) const {
        if (part < 1 || whole % part != 0) {
            part_.refuse(
                fmt::format("{}: {} is not a multiple of {}; add a config.json to this part",
                            what,
                            whole,
                            part));
        }
        return whole / part;
    }

    const StoredPart& part() const { return part_; }

  private:
    const StoredPart& part_;
};

// A number of the original configuration, or what holds when it says nothing.
std::int64_t said(const json& original, const char* key, std::int64_t otherwise) {
    if (!original.is_object() || !original.contains(key)) return otherwise;
    return original[key].is_number_integer() ? original[key].get<std::int64_t>() : otherwise;
}

json control_layers(const Shapes& shapes, const json& original, std::int64_t layers) {
    if (original.is_object() && original.contains("vace_layers")) return original["vace_layers"];
    // Published models have them at even distances, from block 0 on.
    const std::int64_t count = shapes.part().layers_of("vace_blocks");
    const std::int64_t distance = shapes.quotient(layers, count, "vace_blocks: blocks to each");
    json list = json::array();
    for (std::int64_t layer = 0; layer < layers; layer += distance) list.push_back(layer);
    return list;
}

void add_variants(const Shapes& shapes, const json& original, json& config) {
    const auto layers = config["num_layers"].get<std::int64_t>();
    const std::string image = "condition_embedder.image_embedder.";
    config["image_dim"] = nullptr;
    config["added_kv_proj_dim"] = nullptr;
    config["pos_embed_seq_len"] = nullptr;
    if (shapes.has(image + "norm1.weight")) {
        config["image_dim"] = shapes.of(image + "norm1.weight", 1)[0];
        config["added_kv_proj_dim"] = shapes.of("blocks.0.attn2.add_k_proj.weight", 2)[1];
    }
    if (shapes.has(image + "pos_embed")) {
        config["pos_embed_seq_len"] = shapes.of(image + "pos_embed", 3)[1];
    }
    config["_class_name"] = "WanTransformer3DModel";
    if (shapes.has("vace_patch_embedding.weight")) {
        config["_class_name"] = "WanVACETransformer3DModel";
        config["vace_in_channels"] = shapes.of("vace_patch_embedding.weight", 5)[1];
        config["vace_layers"] = control_layers(shapes, original, layers);
    }
    const bool embeds_fps = shapes.has("fps_embedding.weight");
    if (embeds_fps || (original.is_object() && original.contains("inject_sample_info"))) {
        config["_class_name"] = "SkyReelsV2Transformer3DModel";
        config["inject_sample_info"] = embeds_fps;
        config["num_frame_per_block"] = 1;
    }
}

json transformer_config(const Shapes& shapes, const json& original) {
    const Shape& patch = shapes.of("patch_embedding.weight", 5);
    const std::int64_t width = patch[0];
    const std::int64_t heads =
        said(original, "num_heads", 0) > 0
            ? said(original, "num_heads", 0)
            : shapes.quotient(width, head_size, "patch_embedding.weight: the width");
    const std::int64_t patch_items = patch[2] * patch[3] * patch[4];
    const Shape& feed = shapes.of("blocks.0.ffn.net.0.proj.weight", 2);
    const Shape& sinusoid = shapes.of("condition_embedder.time_embedder.linear_1.weight", 2);
    const Shape& text = shapes.of("condition_embedder.text_embedder.linear_1.weight", 2);
    const std::int64_t items = shapes.of("proj_out.weight", 2)[0];
    json config{{"patch_size", {patch[2], patch[3], patch[4]}},
                {"num_attention_heads", heads},
                {"attention_head_dim", shapes.quotient(width, heads, "num_heads: the width")},
                {"in_channels", patch[1]},
                {"out_channels", shapes.quotient(items, patch_items, "proj_out.weight: its rows")},
                {"text_dim", text[1]},
                {"freq_dim", sinusoid[1]},
                {"ffn_dim", feed[0]},
                {"num_layers", shapes.part().layers_of("blocks")},
                {"cross_attn_norm", true},
                {"qk_norm", "rms_norm_across_heads"},
                {"eps", 1e-6},
                {"rope_max_seq_len", 1024}};
    if (original.is_object() && original.contains("eps") && original["eps"].is_number()) {
        config["eps"] = original["eps"];
    }
    add_variants(shapes, original, config);
    return config;
}

struct EncoderStages {
    std::vector<std::int64_t> channels;  // of each stage
    std::vector<bool> halves_time;       // of each but the last
    std::int64_t residual_blocks = 0;
};

// VAE 2.1: one flat list, in which a resampler ends a stage.
EncoderStages flat_stages(const Shapes& shapes) {
    EncoderStages stages;
    std::int64_t blocks = 0;
    for (std::int64_t i = 0; i < shapes.part().layers_of("encoder.down_blocks"); ++i) {
        const std::string block = fmt::format("encoder.down_blocks.{}.", i);
        if (shapes.has(block + "resample.1.weight")) {
            stages.channels.push_back(shapes.of(block + "resample.1.weight", 4)[0]);
            stages.halves_time.push_back(shapes.has(block + "time_conv.weight"));
            stages.residual_blocks = std::exchange(blocks, 0);
            continue;
        }
        ++blocks;
    }
    const std::int64_t last = shapes.part().layers_of("encoder.down_blocks") - 1;
    stages.channels.push_back(
        shapes.of(fmt::format("encoder.down_blocks.{}.conv1.weight", last), 5)[0]);
    return stages;
}

// VAE 2.2: stages of residual blocks with a resampler.
EncoderStages grouped_stages(const Shapes& shapes) {
    EncoderStages stages;
    const std::int64_t count = shapes.part().layers_of("encoder.down_blocks");
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string stage = fmt::format("encoder.down_blocks.{}.", i);
        stages.channels.push_back(shapes.of(stage + "resnets.0.conv1.weight", 5)[0]);
        stages.residual_blocks = shapes.part().layers_of(stage + "resnets");
        if (i + 1 < count) {
            stages.halves_time.push_back(shapes.has(stage + "downsampler.time_conv.weight"));
        }
    }
    return stages;
}

void add_latent_statistics(const Shapes& shapes, json& config) {
    const auto channels = config["z_dim"].get<std::size_t>();
    if (channels == mean_2_1.size()) {
        config["latents_mean"] = mean_2_1;
        config["latents_std"] = deviation_2_1;
    } else if (channels == mean_2_2.size()) {
        config["latents_mean"] = mean_2_2;
        config["latents_std"] = deviation_2_2;
    } else {
        shapes.part().refuse(
            fmt::format("post_quant_conv.weight: {} latent channels; the mean and deviation of "
                        "latents are known only for 16 and 48 channels: add a config.json with "
                        "latents_mean and latents_std",
                        channels));
    }
}

json vae_config(const Shapes& shapes) {
    const bool grouped = shapes.has("encoder.down_blocks.0.resnets.0.conv1.weight");
    const EncoderStages stages = grouped ? grouped_stages(shapes) : flat_stages(shapes);
    const Shape& in = shapes.of("encoder.conv_in.weight", 5);
    const Shape& out = shapes.of("decoder.conv_out.weight", 5);
    const std::int64_t base = in[0];
    json multiples = json::array();
    for (const std::int64_t channels : stages.channels) {
        multiples.push_back(shapes.quotient(channels, base, "encoder.down_blocks: channels"));
    }
    const std::int64_t decoder_base =
        shapes.quotient(out[1], multiples[0].get<std::int64_t>(), "decoder.conv_out.weight");
    const std::int64_t patch = in[1] == 12 ? 2 : 1;
    std::int64_t temporal = 1;
    for (const bool halves : stages.halves_time) temporal *= halves ? 2 : 1;
    json config{{"_class_name", "AutoencoderKLWan"},
                {"attn_scales", json::array()},
                {"base_dim", base},
                {"decoder_base_dim", grouped ? json(decoder_base) : json(nullptr)},
                {"dim_mult", multiples},
                {"dropout", 0.0},
                {"in_channels", in[1]},
                {"is_residual", grouped},
                {"num_res_blocks", stages.residual_blocks},
                {"out_channels", out[0]},
                {"patch_size", patch == 1 ? json(nullptr) : json(patch)},
                {"scale_factor_spatial", patch << stages.halves_time.size()},
                {"scale_factor_temporal", temporal},
                {"temperal_downsample", stages.halves_time},
                {"z_dim", shapes.of("post_quant_conv.weight", 5)[0]}};
    add_latent_statistics(shapes, config);
    return config;
}

json text_encoder_config(const Shapes& shapes) {
    const std::string attention = "encoder.block.0.layer.0.SelfAttention.";
    const Shape& table = shapes.of("shared.weight", 2);
    const Shape& positions = shapes.of(attention + "relative_attention_bias.weight", 2);
    const std::int64_t inner = shapes.of(attention + "q.weight", 2)[0];
    return {{"architectures", {"UMT5EncoderModel"}},
            {"model_type", "umt5"},
            {"vocab_size", table[0]},
            {"d_model", table[1]},
            {"d_kv", shapes.quotient(inner, positions[1], attention + "q.weight: its rows")},
            {"num_heads", positions[1]},
            {"d_ff", shapes.of("encoder.block.0.layer.1.DenseReluDense.wi_0.weight", 2)[0]},
            {"num_layers", shapes.part().layers_of("encoder.block")},
            {"relative_attention_num_buckets", positions[0]},
            {"relative_attention_max_distance", 128},
            {"layer_norm_epsilon", 1e-6},
            {"feed_forward_proj", "gated-gelu"}};
}

json image_encoder_config(const Shapes& shapes) {
    const std::string tower = "vision_model.";
    const Shape& patch = shapes.of(tower + "embeddings.patch_embedding.weight", 4);
    const std::int64_t tokens = shapes.of(tower + "embeddings.position_embedding.weight", 2)[0];
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(tokens - 1)));
    return {{"architectures", {"CLIPVisionModel"}},
            {"model_type", "clip_vision_model"},
            {"hidden_act", "gelu"},
            {"hidden_size", patch[0]},
            {"image_size", side * patch[2]},
            {"intermediate_size", shapes.of(tower + "encoder.layers.0.mlp.fc1.weight", 2)[0]},
            {"layer_norm_eps", 1e-5},
            {"num_attention_heads",
             shapes.quotient(patch[0], image_encoder_head_size, "patch_embedding: the width")},
            {"num_channels", patch[1]},
            {"num_hidden_layers", shapes.part().layers_of(tower + "encoder.layers")},
            {"patch_size", patch[2]}};
}

}  // namespace

std::optional<NetworkKind> network_kind_of(const StoredPart& part) {
    if (part.contains("patch_embedding.weight") && part.contains("proj_out.weight")) {
        return NetworkKind::transformer;
    }
    if (part.contains("decoder.conv_in.weight") && part.contains("post_quant_conv.weight")) {
        return NetworkKind::vae;
    }
    if (part.contains("encoder.final_layer_norm.weight")) return NetworkKind::text_encoder;
    if (part.contains("vision_model.embeddings.patch_embedding.weight")) {
        return NetworkKind::image_encoder;
    }
    return {};
}

json derived_config(const StoredPart& part, const json& original) {
    const Shapes shapes(part);
    const auto kind = network_kind_of(part);
    if (!kind) {
        part.refuse(
            "no network of a known kind, and no config.json; expected a Wan transformer, a Wan "
            "autoencoder, UMT5 or the CLIP image encoder");
    }
    switch (*kind) {
        case NetworkKind::transformer:
            return transformer_config(shapes, original);
        case NetworkKind::vae:
            return vae_config(shapes);
        case NetworkKind::text_encoder:
            return text_encoder_config(shapes);
        case NetworkKind::image_encoder:
            return image_encoder_config(shapes);
        case NetworkKind::control_module:
            break;
    }
    part.refuse("a kind of network outside of its enumeration");
}

bool is_original_config(const json& config) {
    // Diffusers' and transformers' own always name their class or model type; the original ones
    // speak of "dim" and "num_heads".
    return config.is_object() && config.contains("dim") && config.contains("num_heads");
}

}  // namespace nightreel
