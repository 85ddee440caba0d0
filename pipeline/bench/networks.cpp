// The shapes of the published networks that bench makes random weights for.

#include <array>
#include <vector>

#include <fmt/format.h>

#include "pipeline/bench/random.h"
#include "pipeline/model/vae/coders.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr const char* diffusers_file = "diffusion_pytorch_model.safetensors";
constexpr const char* transformers_file = "model.safetensors";

struct TransformerShape {
    std::string_view name;
    std::int64_t heads = 0;
    std::int64_t layers = 0;
    std::int64_t feed_forward = 0;
    std::int64_t channels = 0;
};

constexpr auto transformers = std::to_array<TransformerShape>({{"t2v-1.3b", 12, 30, 8960, 16},
                                                               {"t2v-14b", 40, 40, 13824, 16},
                                                               {"ti2v-5b", 24, 30, 14336, 48}});

struct AutoencoderShape {
    std::string_view name;
    std::int64_t base = 0;
    std::int64_t decoder_base = 0;
    std::int64_t latent_channels = 0;
    bool has_shortcuts = false;
    std::int64_t patch = 1;
};

constexpr auto autoencoders = std::to_array<AutoencoderShape>(
    {{"vae-2.1", 96, 96, 16, false, 1}, {"vae-2.2", 160, 256, 48, true, 2}});

struct TextEncoderShape {
    std::string_view name;
    std::int64_t vocabulary = 0;
    std::int64_t width = 0;
    std::int64_t heads = 0;
    std::int64_t head_size = 0;
    std::int64_t feed_forward = 0;
    std::int64_t layers = 0;
    std::int64_t buckets = 0;
};

constexpr auto text_encoders =
    std::to_array<TextEncoderShape>({{"umt5-xxl", 256384, 4096, 64, 64, 10240, 24, 32}});

std::string names_of(const auto& shapes) {
    std::string names;
    for (const auto& shape : shapes) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", shape.name);
    }
    return names;
}

const auto& shape_named(const auto& shapes, std::string_view name) {
    for (const auto& shape : shapes) {
        if (shape.name == name) return shape;
    }
    throw Error(ErrorKind::usage,
                fmt::format("--random {}: expected one of {}", name, names_of(shapes)));
}

using Sizes = std::vector<std::int64_t>;

// All tensors of a network in one type.
struct Tensors {
    ElementType type;
    RandomTensors all{};

    void add(const std::string& name, Sizes shape) { all[name] = {type, std::move(shape)}; }

    // A weight with its bias.
    void add_layer(const std::string& name, Sizes shape) {
        add(name + ".bias", {shape.front()});
        add(name + ".weight", std::move(shape));
    }
};

void add_attention(Tensors& tensors, const std::string& name, std::int64_t width) {
    for (const char* part : {".to_q", ".to_k", ".to_v", ".to_out.0"}) {
        tensors.add_layer(name + part, {width, width});
    }
    for (const char* norm : {".norm_q.weight", ".norm_k.weight"}) {
        tensors.add(name + norm, {width});
    }
}

void add_causal(Tensors& tensors, const std::string& name, std::int64_t out, std::int64_t in) {
    tensors.add_layer(name, {out, in, 3, 3, 3});
}

void add_residual(Tensors& tensors, const std::string& name, std::int64_t out, std::int64_t in) {
    tensors.add(name + ".norm1.gamma", {in, 1, 1, 1});
    add_causal(tensors, name + ".conv1", out, in);
    tensors.add(name + ".norm2.gamma", {out, 1, 1, 1});
    add_causal(tensors, name + ".conv2", out, out);
    if (out != in) tensors.add_layer(name + ".conv_shortcut", {out, in, 1, 1, 1});
}

void add_middle(Tensors& tensors, const std::string& name, std::int64_t channels) {
    add_residual(tensors, name + ".resnets.0", channels, channels);
    add_residual(tensors, name + ".resnets.1", channels, channels);
    tensors.add(name + ".attentions.0.norm.gamma", {channels, 1, 1});
    tensors.add_layer(name + ".attentions.0.to_qkv", {3 * channels, channels, 1, 1});
    tensors.add_layer(name + ".attentions.0.proj", {channels, channels, 1, 1});
}

// Wan 2.1 numbers all parts of all stages in one row; Wan 2.2 numbers stages.
void add_encoder(Tensors& tensors, const VaeConfig& config) {
    add_causal(tensors, "encoder.conv_in", config.base, config.picture_channels());
    std::int64_t in = config.base;
    std::int64_t part = 0;
    for (std::size_t i = 0; i < config.multiples.size(); ++i) {
        const std::int64_t out = config.base * config.multiples[i];
        const std::string stage = fmt::format("encoder.down_blocks.{}", i);
        const auto name_of = [&](const std::string& name) {
            return config.has_shortcuts ? stage + "." + name
                                        : fmt::format("encoder.down_blocks.{}", part++);
        };
        for (std::int64_t block = 0; block < config.residual_blocks; ++block) {
            add_residual(tensors, name_of(fmt::format("resnets.{}", block)), out, in);
            in = out;
        }
        if (i == config.halves_time.size()) break;
        const std::string resample = name_of("downsampler");
        tensors.add_layer(resample + ".resample.1", {out, out, 3, 3});
        if (config.halves_time[i]) {
            tensors.add_layer(resample + ".time_conv", {out, out, 3, 1, 1});
        }
    }
    add_middle(tensors, "encoder.mid_block", in);
    tensors.add("encoder.norm_out.gamma", {in, 1, 1, 1});
    add_causal(tensors, "encoder.conv_out", 2 * config.latent_channels, in);
}

void add_decoder(Tensors& tensors, const VaeConfig& config) {
    const std::int64_t deepest = config.decoder_base * config.multiples.back();
    add_causal(tensors, "decoder.conv_in", deepest, config.latent_channels);
    add_middle(tensors, "decoder.mid_block", deepest);
    for (const DecoderStageShape& stage : decoder_stages(config)) {
        std::int64_t in = stage.in;
        for (const std::string& block : stage.blocks) {
            add_residual(tensors, block, stage.out, in);
            in = stage.out;
        }
        if (!stage.upsample) continue;
        tensors.add_layer(*stage.upsample + ".resample.1", {stage.upsampled, stage.out, 3, 3});
        if (stage.doubles_time) {
            tensors.add_layer(*stage.upsample + ".time_conv", {2 * stage.out, stage.out, 3, 1, 1});
        }
    }
    tensors.add("decoder.norm_out.gamma", {config.decoder_base, 1, 1, 1});
    add_causal(tensors, "decoder.conv_out", config.picture_channels(), config.decoder_base);
}

}  // namespace

std::string random_transformer_names() {
    return names_of(transformers);
}

RandomNetwork random_transformer(std::string_view name, std::int64_t layers) {
    constexpr std::int64_t head_size = 128;
    constexpr std::int64_t sinusoid = 256;
    constexpr std::int64_t text_width = 4096;
    constexpr std::int64_t patch_cells = 4;
    const TransformerShape& shape = shape_named(transformers, name);
    const std::int64_t count = layers > 0 ? layers : shape.layers;
    const std::int64_t d = shape.heads * head_size;
    Tensors tensors{ElementType::bfloat16};
    tensors.add_layer("patch_embedding", {d, shape.channels, 1, 2, 2});
    const std::string embedder = "condition_embedder.";
    tensors.add_layer(embedder + "text_embedder.linear_1", {d, text_width});
    tensors.add_layer(embedder + "text_embedder.linear_2", {d, d});
    tensors.add_layer(embedder + "time_embedder.linear_1", {d, sinusoid});
    tensors.add_layer(embedder + "time_embedder.linear_2", {d, d});
    tensors.add_layer(embedder + "time_proj", {6 * d, d});
    for (std::int64_t layer = 0; layer < count; ++layer) {
        const std::string block = fmt::format("blocks.{}", layer);
        tensors.add(block + ".scale_shift_table", {1, 6, d});
        add_attention(tensors, block + ".attn1", d);
        add_attention(tensors, block + ".attn2", d);
        tensors.add_layer(block + ".norm2", {d});
        tensors.add_layer(block + ".ffn.net.0.proj", {shape.feed_forward, d});
        tensors.add_layer(block + ".ffn.net.2", {d, shape.feed_forward});
    }
    tensors.add("scale_shift_table", {1, 2, d});
    tensors.add_layer("proj_out", {shape.channels * patch_cells, d});
    return {fmt::format("{}-{}", name, count), diffusers_file, std::move(tensors.all)};
}

std::string random_autoencoder_names() {
    return names_of(autoencoders);
}

RandomNetwork random_autoencoder(std::string_view name) {
    const AutoencoderShape& shape = shape_named(autoencoders, name);
    VaeConfig config;
    config.base = shape.base;
    config.decoder_base = shape.decoder_base;
    config.latent_channels = shape.latent_channels;
    config.multiples = {1, 2, 4, 4};
    config.residual_blocks = 2;
    config.halves_time = {false, true, true};
    config.has_shortcuts = shape.has_shortcuts;
    config.patch = shape.patch;
    const std::int64_t z = config.latent_channels;
    Tensors tensors{ElementType::float32};  // as they are published
    add_encoder(tensors, config);
    tensors.add_layer("quant_conv", {2 * z, 2 * z, 1, 1, 1});
    tensors.add_layer("post_quant_conv", {z, z, 1, 1, 1});
    add_decoder(tensors, config);
    return {std::string(name), diffusers_file, std::move(tensors.all)};
}

std::string random_text_encoder_names() {
    return names_of(text_encoders);
}

RandomNetwork random_text_encoder(std::string_view name, std::int64_t layers) {
    const TextEncoderShape& shape = shape_named(text_encoders, name);
    const std::int64_t count = layers > 0 ? layers : shape.layers;
    const std::int64_t d = shape.width;
    const std::int64_t inner = shape.heads * shape.head_size;
    Tensors tensors{ElementType::bfloat16};
    tensors.add("shared.weight", {shape.vocabulary, d});
    for (std::int64_t layer = 0; layer < count; ++layer) {
        const std::string block = fmt::format("encoder.block.{}.layer.", layer);
        const std::string attention = block + "0.SelfAttention.";
        const std::string feed = block + "1.DenseReluDense.";
        tensors.add(block + "0.layer_norm.weight", {d});
        for (const char* part : {"q.weight", "k.weight", "v.weight"}) {
            tensors.add(attention + part, {inner, d});
        }
        tensors.add(attention + "o.weight", {d, inner});
        tensors.add(attention + "relative_attention_bias.weight", {shape.buckets, shape.heads});
        tensors.add(block + "1.layer_norm.weight", {d});
        tensors.add(feed + "wi_0.weight", {shape.feed_forward, d});
        tensors.add(feed + "wi_1.weight", {shape.feed_forward, d});
        tensors.add(feed + "wo.weight", {d, shape.feed_forward});
    }
    tensors.add("encoder.final_layer_norm.weight", {d});
    return {fmt::format("{}-{}", name, count), transformers_file, std::move(tensors.all)};
}

}  // namespace nightreel
