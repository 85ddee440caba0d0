#include "pipeline/model/transformer/cross_keys.h"

#include <algorithm>
#include <array>

#include <ATen/ATen.h>

namespace nightreel {
namespace {

constexpr auto layers_taken = std::to_array<std::string_view>({".attn2.to_k.",
                                                               ".attn2.to_v.",
                                                               ".attn2.norm_k.",
                                                               ".attn2.add_k_proj.",
                                                               ".attn2.add_v_proj.",
                                                               ".attn2.norm_added_k."});

}  // namespace

CrossKeys::CrossKeys(const LayerReader& reader, const std::string& block, const WanConfig& config)
    : heads_(config.heads), epsilon_(config.epsilon) {
    const std::int64_t d = config.width();
    const std::string cross = block + ".attn2.";
    text_ = {reader.linear(cross + "to_k", d, d),
             reader.linear(cross + "to_v", d, d),
             reader.parameter(cross + "norm_k.weight", {d})};
    if (config.picture == 0) return;
    pictures_ = {reader.linear(cross + "add_k_proj", d, d),
                 reader.linear(cross + "add_v_proj", d, d),
                 reader.parameter(cross + "norm_added_k.weight", {d})};
}

bool CrossKeys::takes(std::string_view name) {
    return std::ranges::any_of(layers_taken, [name](std::string_view layer) {
        return name.find(layer) != std::string_view::npos;
    });
}

CrossKeyValue CrossKeys::read(const at::Tensor& text_bld, const at::Tensor& pictures_bpd) const {
    CrossKeyValue keys{read(text_bld, text_), {}};
    if (pictures_bpd.defined()) keys.pictures = read(pictures_bpd, pictures_);
    return keys;
}

KeyValue CrossKeys::read(const at::Tensor& tokens_bld, const Layers& layers) const {
    const auto split_heads = [this](const at::Tensor& tokens) {
        return tokens.unflatten(2, {heads_, -1}).transpose(1, 2).contiguous();
    };
    const at::Tensor key = layers.key(tokens_bld);
    const at::Tensor normed =
        (root_mean_square_norm(key, epsilon_) * layers.norm_key()).to(key.scalar_type());
    return {split_heads(normed), split_heads(layers.value(tokens_bld))};
}

}  // namespace nightreel
