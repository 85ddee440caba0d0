#include "pipeline/model/vision/clip_vision.h"

#include <algorithm>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/tensor/residency.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr std::string_view prefix = "vision_model.";

ClipVisionConfig read_config(const std::filesystem::path& folder) {
    constexpr std::int64_t many = 1 << 20;
    JsonConfig json = read_part_config(folder, "model_type", "clip_vision_model");
    ClipVisionConfig config;
    config.width = json.integer("hidden_size", 1, many);
    config.feed_forward = json.integer("intermediate_size", 1, many);
    config.layers = json.integer("num_hidden_layers", 2, 4096);
    config.heads = json.integer("num_attention_heads", 1, 4096);
    config.side = json.integer("image_size", 1, 1 << 14);
    config.patch = json.integer("patch_size", 1, 1 << 14);
    config.epsilon = json.number("layer_norm_eps");
    json.require("num_channels", 3, "a tower that sees colours");
    json.require("hidden_act", "gelu", "the activation of CLIP ViT-H");
    if (config.width % config.heads != 0) {
        json.refuse("num_attention_heads", "hidden_size must be a multiple of it");
    }
    if (config.patch > config.side) json.refuse("patch_size", "is larger than image_size");
    return config;
}

}  // namespace

ClipVision::ClipVision(const std::filesystem::path& folder, const at::Device& device)
    : folder_(folder), config_(read_config(folder)), device_(device), weights_(folder, "model") {
    const std::int64_t layers = weights_.layers_of(fmt::format("{}encoder.layers", prefix));
    if (layers != config_.layers) {
        weights_.refuse(
            fmt::format("{}encoder.layers.{}: {} has num_hidden_layers = {}, but the weights have "
                        "{} layers",
                        prefix,
                        std::min(layers, config_.layers),
                        (folder / "config.json").string(),
                        config_.layers,
                        layers));
    }
    load();
    // Numbers that older files keep, and the way into the space that pictures share with text.
    weights_.ignore("position_ids");
    weights_.ignore("visual_projection");
    weights_.refuse_untaken();
}

void ClipVision::load() {
    const std::int64_t i = config_.width;
    const auto affine = [&](const std::string& name, at::IntArrayRef shape) {
        const std::string whole = std::string(prefix) + name;
        return Affine{weights_.take(whole + ".weight", shape),
                      weights_.take(whole + ".bias", shape.slice(0, 1))};
    };
    const std::string embeddings = std::string(prefix) + "embeddings.";
    whole_ = weights_.take(embeddings + "class_embedding", {i});
    patches_ =
        weights_.take(embeddings + "patch_embedding.weight", {i, 3, config_.patch, config_.patch});
    positions_ = weights_.take(embeddings + "position_embedding.weight", {config_.tokens(), i});
    norm_in_ = affine("pre_layrnorm", {i});  // as transformers spells it
    for (std::int64_t number = 0; number < config_.layers; ++number) {
        const std::string block = fmt::format("encoder.layers.{}.", number);
        Layer layer{affine(block + "layer_norm1", {i}),
                    affine(block + "self_attn.q_proj", {i, i}),
                    affine(block + "self_attn.k_proj", {i, i}),
                    affine(block + "self_attn.v_proj", {i, i}),
                    affine(block + "self_attn.out_proj", {i, i}),
                    affine(block + "layer_norm2", {i}),
                    affine(block + "mlp.fc1", {config_.feed_forward, i}),
                    affine(block + "mlp.fc2", {i, config_.feed_forward})};
        // What is read lies before the last layer, which is there all the same.
        if (number + 1 < config_.layers) layers_.push_back(std::move(layer));
    }
    (void)affine("post_layernorm", {i});
}

at::Tensor ClipVision::computed(const at::Tensor& stored) const {
    return stored.to(device_, at::kFloat);
}

at::Tensor ClipVision::linear(const at::Tensor& x, const Affine& layer) const {
    return at::linear(x, computed(layer.weight), computed(layer.bias));
}

at::Tensor ClipVision::norm(const at::Tensor& x, const Affine& layer) const {
    return at::layer_norm(
        x, {x.size(-1)}, computed(layer.weight), computed(layer.bias), config_.epsilon);
}

at::Tensor ClipVision::read(const at::Tensor& pixels_b3hw) const {
    NIGHTREEL_CHECK(pixels_b3hw.size(2) == config_.side && pixels_b3hw.size(3) == config_.side,
                    "pictures are as large as the tower sees");
    const at::Tensor patches =
        at::conv2d(computed(pixels_b3hw), computed(patches_), {}, config_.patch)
            .flatten(2)
            .transpose(1, 2);
    const at::Tensor whole = computed(whole_).expand({patches.size(0), 1, config_.width});
    at::Tensor x = norm(at::cat({whole, patches}, 1) + computed(positions_), norm_in_);
    for (const Layer& layer : layers_) forward(layer, x);
    release_pages(weights_.stored(), prefix, PageCache::keep);
    if (!is_finite(x)) {
        weights_.refuse(fmt::format(
            "the image encoder gave NaN or infinity; check {} or the step that gave a value that "
            "is not finite",
            weights_.first_not_finite().value_or("the picture")));
    }
    return x;
}

void ClipVision::forward(const Layer& layer, at::Tensor& x_bpi) const {
    const auto split = [&](const at::Tensor& x) {
        return x.unflatten(2, {config_.heads, -1}).transpose(1, 2);
    };
    const at::Tensor normed = norm(x_bpi, layer.attention_norm);
    const at::Tensor attended =
        at::scaled_dot_product_attention(split(linear(normed, layer.query)),
                                         split(linear(normed, layer.key)),
                                         split(linear(normed, layer.value)));
    x_bpi = x_bpi + linear(attended.transpose(1, 2).flatten(2), layer.out);
    const at::Tensor fed = at::gelu(linear(norm(x_bpi, layer.feed_norm), layer.feed_first));
    x_bpi = x_bpi + linear(fed, layer.feed_second);
}

}  // namespace nightreel
