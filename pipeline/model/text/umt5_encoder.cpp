#include "pipeline/model/text/umt5_encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/tensor/weights.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

Umt5Config read_config(const std::filesystem::path& folder) {
    constexpr std::int64_t many = 1 << 24;
    JsonConfig json = read_part_config(folder, "model_type", "umt5");
    Umt5Config config;
    config.vocabulary = json.integer("vocab_size", 1, many);
    config.width = json.integer("d_model", 1, many);
    config.head_size = json.integer("d_kv", 1, many);
    config.heads = json.integer("num_heads", 1, 4096);
    config.feed_forward = json.integer("d_ff", 1, many);
    config.layers = json.integer("num_layers", 1, 4096);
    config.buckets = json.integer("relative_attention_num_buckets", 4, 4096);
    config.distance_max = json.integer("relative_attention_max_distance", 1, many);
    config.epsilon = json.number("layer_norm_epsilon");
    if (config.buckets % 4 != 0)
        json.refuse("relative_attention_num_buckets", "must be divisible by 4");
    if (config.distance_max <= config.buckets / 4) {
        json.refuse("relative_attention_max_distance", "must exceed a quarter of the buckets");
    }
    json.require("feed_forward_proj", "gated-gelu", "the gated feed-forward with a tanh GELU");
    return config;
}

}  // namespace

at::Tensor relative_position_buckets(const at::Tensor& distances, const Umt5Config& config) {
    const std::int64_t buckets = config.buckets / 2;
    const std::int64_t exact = buckets / 2;
    const at::Tensor side = distances.gt(0).to(at::kLong) * buckets;
    const at::Tensor size = distances.abs();
    const double steps =
        std::log(static_cast<double>(config.distance_max) / static_cast<double>(exact));
    const at::Tensor logarithm = (size.to(at::kFloat) / static_cast<double>(exact)).log() / steps *
                                 static_cast<double>(buckets - exact);
    const at::Tensor far = (exact + logarithm.to(at::kLong)).clamp_max(buckets - 1);
    return side + at::where(size.lt(exact), size, far);
}

Umt5Encoder::Umt5Encoder(const std::filesystem::path& folder, const at::Device& device, Pulse pulse)
    : folder_(folder),
      config_(read_config(folder)),
      device_(device),
      weights_(folder, "model"),
      cache_(page_cache_for(weights_.stored())),
      pulse_(std::move(pulse)) {
    const std::int64_t layers = weights_.layers_of("encoder.block");
    if (layers != config_.layers) {
        weights_.refuse(
            fmt::format("encoder.block.{}: {} has num_layers = {}, but the weights have {} layers",
                        std::min(layers, config_.layers),
                        (folder / "config.json").string(),
                        config_.layers,
                        layers));
    }
    load();
    weights_.refuse_untaken();
}

void Umt5Encoder::load() {
    const std::int64_t d = config_.width;
    const std::int64_t inner = config_.heads * config_.head_size;
    embedding_ = weights_.take("shared.weight", {config_.vocabulary, d});
    // Some files hold the table a second time, under the name that the encoder has for it.
    if (weights_.contains("encoder.embed_tokens.weight")) {
        (void)weights_.take("encoder.embed_tokens.weight", {config_.vocabulary, d});
    }
    for (std::int64_t i = 0; i < config_.layers; ++i) {
        const std::string block = fmt::format("encoder.block.{}.layer.", i);
        const std::string attention = block + "0.SelfAttention.";
        const std::string feed = block + "1.DenseReluDense.";
        Layer layer;
        layer.attention_norm = weights_.take(block + "0.layer_norm.weight", {d});
        layer.query = weights_.take(attention + "q.weight", {inner, d});
        layer.key = weights_.take(attention + "k.weight", {inner, d});
        layer.value = weights_.take(attention + "v.weight", {inner, d});
        layer.positions = weights_.take(attention + "relative_attention_bias.weight",
                                        {config_.buckets, config_.heads});
        layer.out = weights_.take(attention + "o.weight", {d, inner});
        layer.feed_norm = weights_.take(block + "1.layer_norm.weight", {d});
        layer.feed_gate = weights_.take(feed + "wi_0.weight", {config_.feed_forward, d});
        layer.feed_value = weights_.take(feed + "wi_1.weight", {config_.feed_forward, d});
        layer.feed_out = weights_.take(feed + "wo.weight", {d, config_.feed_forward});
        layers_.push_back(std::move(layer));
    }
    final_norm_ = weights_.take("encoder.final_layer_norm.weight", {d});
}

at::Tensor Umt5Encoder::computed(const at::Tensor& stored) const {
    return stored.to(device_, at::kFloat);
}

at::Tensor Umt5Encoder::norm(const at::Tensor& x, const at::Tensor& weight) const {
    return root_mean_square_norm(x, config_.epsilon).mul_(computed(weight));
}

at::Tensor Umt5Encoder::position_bias(std::size_t layer, std::int64_t length) const {
    const at::Tensor positions = at::arange(length, at::kLong);
    const at::Tensor buckets =
        relative_position_buckets(positions.unsqueeze(0) - positions.unsqueeze(1), config_)
            .to(device_);
    const at::Tensor table = computed(layers_.at(layer).positions);
    return table.index_select(0, buckets.flatten())
        .view({length, length, -1})
        .permute({2, 0, 1})
        .unsqueeze(0);
}

at::Tensor Umt5Encoder::encode(std::span<const std::int64_t> ids, const Watch& watch) const {
    const std::vector<std::int64_t> prompt(ids.begin(), ids.end());
    return encode(std::span(&prompt, 1), watch).front();
}

std::vector<at::Tensor> Umt5Encoder::encode(std::span<const std::vector<std::int64_t>> prompts,
                                            const Watch& watch) const {
    const c10::NoGradGuard no_grad;
    std::vector<at::Tensor> all;
    const auto show = [&](const std::string& name) {
        if (!watch) return;
        for (const at::Tensor& x : all) watch(name, x);
    };
    for (const std::vector<std::int64_t>& ids : prompts) all.push_back(embedded(ids));
    release_pages(weights_.stored(), "shared.", cache_);
    show("embedding");
    // Room for the largest matrix, reused by all: allocating memory for each matrix takes as long
    // as converting it.
    const at::Tensor workspace = at::empty(
        {config_.width * std::max(config_.feed_forward, config_.heads * config_.head_size)},
        at::TensorOptions(device_).dtype(at::kFloat));
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        forward(i, workspace, all);
        release_pages(weights_.stored(), fmt::format("encoder.block.{}.", i), cache_);
        show(fmt::format("block{}", i));
        beat(pulse_);
    }
    for (at::Tensor& x : all) x = norm(x, final_norm_);
    show("final");
    for (at::Tensor& x : all) {
        if (!is_finite(x)) {
            weights_.refuse(
                fmt::format("the text encoder gave NaN or infinity; check {} or the step that gave "
                            "a value that is not finite",
                            weights_.first_not_finite().value_or("the prompt")));
        }
        x = x.squeeze(0);
    }
    return all;
}

// [1, l, d]
at::Tensor Umt5Encoder::embedded(std::span<const std::int64_t> ids) const {
    NIGHTREEL_CHECK(!ids.empty(), "a prompt has at least its end");
    const at::Tensor rows =
        at::tensor(at::ArrayRef<std::int64_t>(ids.data(), ids.size()), at::kLong);
    if (rows.min().item<std::int64_t>() < 0 ||
        rows.max().item<std::int64_t>() >= config_.vocabulary) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: vocab_size: {}, but the tokenizer gave id {}: it belongs to another model",
                (folder_ / "config.json").string(),
                config_.vocabulary,
                rows.max().item<std::int64_t>()));
    }
    return computed(embedding_.index_select(0, rows)).unsqueeze(0);
}

at::Tensor Umt5Encoder::linear_weight(const at::Tensor& stored, const at::Tensor& workspace) const {
    if (stored.scalar_type() == at::kFloat && stored.device() == device_) return stored;
    at::Tensor weight = workspace.narrow(0, 0, stored.numel()).view(stored.sizes());
    weight.copy_(stored);
    return weight;
}

// One matrix at a time, over all prompts: the workspace holds one.
void Umt5Encoder::forward(std::size_t number,
                          const at::Tensor& workspace,
                          std::vector<at::Tensor>& prompts_1ld) const {
    const Layer& layer = layers_[number];
    const auto products = [&](const std::vector<at::Tensor>& xs, const at::Tensor& stored) {
        const at::Tensor weight = linear_weight(stored, workspace);
        std::vector<at::Tensor> all;
        for (const at::Tensor& x : xs) all.push_back(at::linear(x, weight));
        return all;
    };
    const auto normed = [&](const at::Tensor& weight) {
        std::vector<at::Tensor> all;
        for (const at::Tensor& x : prompts_1ld) all.push_back(norm(x, weight));
        return all;
    };
    const auto add = [&](const std::vector<at::Tensor>& all) {
        for (std::size_t i = 0; i < all.size(); ++i) prompts_1ld[i].add_(all[i]);
    };
    const auto split = [&](const at::Tensor& x) {
        return x.unflatten(2, {config_.heads, -1}).transpose(1, 2);
    };
    const std::vector<at::Tensor> read = normed(layer.attention_norm);
    const std::vector<at::Tensor> queries = products(read, layer.query);
    const std::vector<at::Tensor> keys = products(read, layer.key);
    std::vector<at::Tensor> values = products(read, layer.value);
    for (std::size_t i = 0; i < values.size(); ++i) {
        // T5 does not divide its logits by the root of the head's size.
        const at::Tensor attended =
            at::scaled_dot_product_attention(split(queries[i]),
                                             split(keys[i]),
                                             split(values[i]),
                                             position_bias(number, read[i].size(1)).contiguous(),
                                             0.0,
                                             false,
                                             1.0);
        values[i] = attended.transpose(1, 2).flatten(2);
    }
    add(products(values, layer.out));

    const std::vector<at::Tensor> fed = normed(layer.feed_norm);
    std::vector<at::Tensor> gates = products(fed, layer.feed_gate);
    for (at::Tensor& gate : gates) gate = at::gelu(gate, "tanh");
    std::vector<at::Tensor> gated = products(fed, layer.feed_value);
    for (std::size_t i = 0; i < gated.size(); ++i) gated[i].mul_(gates[i]);
    add(products(gated, layer.feed_out));
}

}  // namespace nightreel
