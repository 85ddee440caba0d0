#include "pipeline/checkpoint/layout/original_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace nightreel {
namespace {

// "{}" stands for a number, which the new name takes over; what follows the stem stays.
struct Rule {
    std::string_view original;
    std::string_view diffusers;
};

// The blocks of a control branch (vace_blocks) follow the same rules as the main ones.
constexpr auto transformer_rules =
    std::to_array<Rule>({{"text_embedding.0", "condition_embedder.text_embedder.linear_1"},
                         {"text_embedding.2", "condition_embedder.text_embedder.linear_2"},
                         {"time_embedding.0", "condition_embedder.time_embedder.linear_1"},
                         {"time_embedding.2", "condition_embedder.time_embedder.linear_2"},
                         {"time_projection.1", "condition_embedder.time_proj"},
                         {"img_emb.proj.0", "condition_embedder.image_embedder.norm1"},
                         {"img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj"},
                         {"img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2"},
                         {"img_emb.proj.4", "condition_embedder.image_embedder.norm2"},
                         {"img_emb.emb_pos", "condition_embedder.image_embedder.pos_embed"},
                         {"head.modulation", "scale_shift_table"},
                         {"head.head", "proj_out"},
                         {"fps_projection.0", "fps_projection.net.0.proj"},
                         {"fps_projection.2", "fps_projection.net.2"},
                         {"blocks.{}.modulation", "blocks.{}.scale_shift_table"},
                         {"blocks.{}.self_attn.q", "blocks.{}.attn1.to_q"},
                         {"blocks.{}.self_attn.k", "blocks.{}.attn1.to_k"},
                         {"blocks.{}.self_attn.v", "blocks.{}.attn1.to_v"},
                         {"blocks.{}.self_attn.o", "blocks.{}.attn1.to_out.0"},
                         {"blocks.{}.self_attn.norm_q", "blocks.{}.attn1.norm_q"},
                         {"blocks.{}.self_attn.norm_k", "blocks.{}.attn1.norm_k"},
                         {"blocks.{}.cross_attn.q", "blocks.{}.attn2.to_q"},
                         {"blocks.{}.cross_attn.k", "blocks.{}.attn2.to_k"},
                         {"blocks.{}.cross_attn.v", "blocks.{}.attn2.to_v"},
                         {"blocks.{}.cross_attn.o", "blocks.{}.attn2.to_out.0"},
                         {"blocks.{}.cross_attn.norm_q", "blocks.{}.attn2.norm_q"},
                         {"blocks.{}.cross_attn.norm_k", "blocks.{}.attn2.norm_k"},
                         {"blocks.{}.cross_attn.k_img", "blocks.{}.attn2.add_k_proj"},
                         {"blocks.{}.cross_attn.v_img", "blocks.{}.attn2.add_v_proj"},
                         {"blocks.{}.cross_attn.norm_k_img", "blocks.{}.attn2.norm_added_k"},
                         {"blocks.{}.norm3", "blocks.{}.norm2"},
                         {"blocks.{}.ffn.0", "blocks.{}.ffn.net.0.proj"},
                         {"blocks.{}.ffn.2", "blocks.{}.ffn.net.2"},
                         {"blocks.{}.before_proj", "blocks.{}.proj_in"},
                         {"blocks.{}.after_proj", "blocks.{}.proj_out"}});

constexpr std::string_view control_prefix = "vace_";

// The same in both, and without a dot.
constexpr auto names_without_dots =
    std::to_array<std::string_view>({"patch_embedding", "vace_patch_embedding", "fps_embedding"});

constexpr auto text_encoder_rules =
    std::to_array<Rule>({{"token_embedding", "shared"},
                         {"norm", "encoder.final_layer_norm"},
                         {"blocks.{}.norm1", "encoder.block.{}.layer.0.layer_norm"},
                         {"blocks.{}.attn", "encoder.block.{}.layer.0.SelfAttention"},
                         {"blocks.{}.pos_embedding.embedding",
                          "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias"},
                         {"blocks.{}.norm2", "encoder.block.{}.layer.1.layer_norm"},
                         {"blocks.{}.ffn.gate.0", "encoder.block.{}.layer.1.DenseReluDense.wi_0"},
                         {"blocks.{}.ffn.fc1", "encoder.block.{}.layer.1.DenseReluDense.wi_1"},
                         {"blocks.{}.ffn.fc2", "encoder.block.{}.layer.1.DenseReluDense.wo"}});

constexpr auto gguf_text_encoder_rules = std::to_array<Rule>(
    {{"token_embd", "shared"},
     {"enc.output_norm", "encoder.final_layer_norm"},
     {"enc.blk.{}.attn_norm", "encoder.block.{}.layer.0.layer_norm"},
     {"enc.blk.{}.attn_q", "encoder.block.{}.layer.0.SelfAttention.q"},
     {"enc.blk.{}.attn_k", "encoder.block.{}.layer.0.SelfAttention.k"},
     {"enc.blk.{}.attn_v", "encoder.block.{}.layer.0.SelfAttention.v"},
     {"enc.blk.{}.attn_o", "encoder.block.{}.layer.0.SelfAttention.o"},
     {"enc.blk.{}.attn_rel_b", "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias"},
     {"enc.blk.{}.ffn_norm", "encoder.block.{}.layer.1.layer_norm"},
     {"enc.blk.{}.ffn_gate", "encoder.block.{}.layer.1.DenseReluDense.wi_0"},
     {"enc.blk.{}.ffn_up", "encoder.block.{}.layer.1.DenseReluDense.wi_1"},
     {"enc.blk.{}.ffn_down", "encoder.block.{}.layer.1.DenseReluDense.wo"}});

constexpr auto image_encoder_rules = std::to_array<Rule>(
    {{"visual.patch_embedding", "vision_model.embeddings.patch_embedding"},
     {"visual.cls_embedding", "vision_model.embeddings.class_embedding"},
     {"visual.pos_embedding", "vision_model.embeddings.position_embedding.weight"},
     {"visual.pre_norm", "vision_model.pre_layrnorm"},  // as transformers spells it
     {"visual.post_norm", "vision_model.post_layernorm"},
     {"visual.transformer.{}.norm1", "vision_model.encoder.layers.{}.layer_norm1"},
     {"visual.transformer.{}.attn.to_qkv", "vision_model.encoder.layers.{}.self_attn.*_proj"},
     {"visual.transformer.{}.attn.proj", "vision_model.encoder.layers.{}.self_attn.out_proj"},
     {"visual.transformer.{}.norm2", "vision_model.encoder.layers.{}.layer_norm2"},
     {"visual.transformer.{}.mlp.0", "vision_model.encoder.layers.{}.mlp.fc1"},
     {"visual.transformer.{}.mlp.2", "vision_model.encoder.layers.{}.mlp.fc2"}});

constexpr auto vae_rules = std::to_array<Rule>({{"conv1", "quant_conv"},
                                                {"conv2", "post_quant_conv"},
                                                {"encoder.conv1", "encoder.conv_in"},
                                                {"decoder.conv1", "decoder.conv_in"},
                                                {"encoder.head.0", "encoder.norm_out"},
                                                {"encoder.head.2", "encoder.conv_out"},
                                                {"decoder.head.0", "decoder.norm_out"},
                                                {"decoder.head.2", "decoder.conv_out"}});

constexpr auto vae_block_rules =
    std::to_array<Rule>({{"encoder.middle.0", "encoder.mid_block.resnets.0"},
                         {"encoder.middle.1", "encoder.mid_block.attentions.0"},
                         {"encoder.middle.2", "encoder.mid_block.resnets.1"},
                         {"decoder.middle.0", "decoder.mid_block.resnets.0"},
                         {"decoder.middle.1", "decoder.mid_block.attentions.0"},
                         {"decoder.middle.2", "decoder.mid_block.resnets.1"}});

constexpr auto vae_inner_rules = std::to_array<Rule>({{"residual.0", "norm1"},
                                                      {"residual.2", "conv1"},
                                                      {"residual.3", "norm2"},
                                                      {"residual.6", "conv2"},
                                                      {"shortcut", "conv_shortcut"}});

constexpr std::string_view shared_table = "shared.weight";
constexpr std::string_view tied_table = "encoder.embed_tokens.weight";

constexpr auto prefixes =
    std::to_array<std::string_view>({"model.diffusion_model.", "diffusion_model."});

std::string_view take_segment(std::string_view& text) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view segment = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return segment;
}

std::optional<std::int64_t> number_in(std::string_view segment) {
    std::int64_t number = 0;
    const auto [end, fault] =
        std::from_chars(segment.data(), segment.data() + segment.size(), number);
    const bool whole = fault == std::errc() && end == segment.data() + segment.size();
    return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

struct Match {
    std::vector<std::string> numbers;
    std::string_view rest;  // what follows the stem, without the dot
};

std::optional<Match> match(std::string_view pattern, std::string_view name) {
    Match found{{}, name};
    while (!pattern.empty()) {
        const std::string_view wanted = take_segment(pattern);
        if (found.rest.empty()) return {};
        const std::string_view segment = take_segment(found.rest);
        if (wanted == "{}") {
            if (!number_in(segment)) return {};
            found.numbers.emplace_back(segment);
        } else if (segment != wanted) {
            return {};
        }
    }
    return found;
}

std::string joined(std::string stem, std::string_view rest) {
    if (rest.empty()) return stem;
    return stem.append(1, '.').append(rest);
}

std::optional<std::string> renamed_by(std::span<const Rule> rules, std::string_view name) {
    for (const Rule& rule : rules) {
        const auto found = match(rule.original, name);
        if (!found) continue;
        std::string stem(rule.diffusers);
        for (const std::string& number : found->numbers) stem.replace(stem.find("{}"), 2, number);
        return joined(std::move(stem), found->rest);
    }
    return {};
}

std::string inner_vae_name(std::string_view rest) {
    return renamed_by(vae_inner_rules, rest).value_or(std::string(rest));
}

bool is_of_resampler(std::string_view rest) {
    return rest.starts_with("resample.") || rest.starts_with("time_conv.");
}

// The number in a name that a pattern fits when its dots are made underscores; empty where the
// pattern has none.
std::optional<std::string> match_underscored(std::string_view pattern, std::string_view name) {
    std::string number;
    while (!pattern.empty()) {
        if (pattern.starts_with("{}")) {
            const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
            if (digits == 0 || !number_in(name.substr(0, digits))) return {};
            number = name.substr(0, digits);
            name.remove_prefix(digits);
            pattern.remove_prefix(2);
            continue;
        }
        const char wanted = pattern.front() == '.' ? '_' : pattern.front();
        if (name.empty() || name.front() != wanted) return {};
        name.remove_prefix(1);
        pattern.remove_prefix(1);
    }
    return name.empty() ? std::optional(number) : std::nullopt;
}

// Query, key and value lie one after the other in the rows of one tensor.
std::vector<RenamedTensor> split_in_three(const std::string& name, const StoredTensor& tensor) {
    std::vector<RenamedTensor> parts;
    const std::size_t star = name.find('*');
    StoredTensor part = tensor;
    part.shape.front() /= 3;
    part.bytes /= 3;
    for (const std::string_view letter : {"q", "k", "v"}) {
        parts.push_back({std::string(name).replace(star, 1, letter), part});
        part.begin += part.bytes;
    }
    return parts;
}

std::vector<RenamedTensor> renamed_of_image_encoder(const std::string& name, StoredTensor tensor) {
    // The file holds a language tower too, and the projections into the space of both.
    const bool is_used = name.starts_with("visual.") && !name.starts_with("visual.head");
    if (!is_used && name != "log_scale" && !name.starts_with("textual.") &&
        !name.starts_with("visual.head")) {
        return {{name, std::move(tensor)}};
    }
    if (!is_used) return {};
    const auto renamed = renamed_by(image_encoder_rules, name);
    if (!renamed) return {{name, std::move(tensor)}};
    if (renamed->find('*') != std::string::npos && !tensor.shape.empty() &&
        tensor.shape.front() % 3 == 0) {
        return split_in_three(*renamed, tensor);
    }
    // Embeddings have leading dimensions of 1 for the batch.
    const bool is_embedding = name == "visual.cls_embedding" || name == "visual.pos_embedding";
    const std::size_t rank = name == "visual.cls_embedding" ? 1 : 2;
    while (is_embedding && tensor.shape.size() > rank && tensor.shape.front() == 1) {
        tensor.shape.erase(tensor.shape.begin());
    }
    return {{*renamed, std::move(tensor)}};
}

NameScheme scheme_of(const StoredTensors& tensors, const std::string& prefix) {
    const auto has = [&](std::string_view name) {
        return tensors.contains(prefix + std::string(name));
    };
    if (has("head.modulation") || has("time_embedding.0.weight")) {
        return NameScheme::original_transformer;
    }
    if (has("encoder.conv1.weight") || has("decoder.head.2.weight")) {
        return NameScheme::original_vae;
    }
    if (has("token_embedding.weight")) return NameScheme::original_text_encoder;
    if (has("token_embd.weight")) return NameScheme::gguf_text_encoder;
    if (has("visual.cls_embedding")) return NameScheme::original_image_encoder;
    return NameScheme::diffusers;
}

std::string common_prefix(const StoredTensors& tensors) {
    for (const std::string_view prefix : prefixes) {
        const bool on_all = std::ranges::all_of(
            tensors, [&](const auto& item) { return item.first.starts_with(prefix); });
        if (on_all && !tensors.empty()) return std::string(prefix);
    }
    return {};
}

// One more than the number of the first resampler: the blocks of a stage, itself included.
std::int64_t blocks_of_stage(const StoredTensors& tensors, const std::string& prefix) {
    constexpr std::int64_t many = 64;
    for (std::int64_t i = 0; i < many; ++i) {
        if (tensors.contains(fmt::format("{}decoder.upsamples.{}.resample.1.weight", prefix, i))) {
            return i + 1;
        }
    }
    return many;  // no resampler: all blocks are of the first stage
}

}  // namespace

std::string transformer_name(std::string_view name) {
    if (name.starts_with(control_prefix)) {
        const auto main = renamed_by(transformer_rules, name.substr(control_prefix.size()));
        return main ? std::string(control_prefix) + *main : std::string(name);
    }
    return renamed_by(transformer_rules, name).value_or(std::string(name));
}

std::optional<std::string> transformer_name_of_underscored(std::string_view name) {
    for (const std::string_view same : names_without_dots) {
        if (name == same) return std::string(name);
    }
    std::string prefix;
    if (name.starts_with(control_prefix)) {
        prefix = control_prefix;
        name.remove_prefix(prefix.size());
    }
    for (const Rule& rule : transformer_rules) {
        for (const std::string_view pattern : {rule.original, rule.diffusers}) {
            const auto number = match_underscored(pattern, name);
            if (!number) continue;
            std::string found = prefix + std::string(rule.diffusers);
            if (!number->empty()) found.replace(found.find("{}"), 2, *number);
            return found;
        }
    }
    return {};
}

NameMap::NameMap(const StoredTensors& tensors, const std::optional<NetworkFound>& network)
    : prefix_(network ? network->prefix : common_prefix(tensors)),
      scheme_(scheme_of(tensors, prefix_)),
      has_shared_table_(tensors.contains(prefix_ + std::string(shared_table))) {
    if (network) kind_ = network->kind;
    // Its blocks have names of their own, which are read in either layout.
    if (kind_ == NetworkKind::control_module) scheme_ = NameScheme::original_transformer;
    if (scheme_ != NameScheme::original_vae) return;
    const std::string staged = prefix_ + "encoder.downsamples.0.downsamples.";
    const auto next = tensors.lower_bound(staged);
    vae_in_stages_ = next != tensors.end() && next->first.starts_with(staged);
    vae_blocks_of_stage_ = blocks_of_stage(tensors, prefix_);
}

std::string NameMap::vae_name(std::string_view name) const {
    if (const auto whole = renamed_by(vae_rules, name)) return *whole;
    for (const Rule& rule : vae_block_rules) {
        if (const auto found = match(rule.original, name)) {
            return joined(std::string(rule.diffusers), inner_vae_name(found->rest));
        }
    }
    if (vae_in_stages_) {
        if (const auto down = match("encoder.downsamples.{}.downsamples.{}", name)) {
            const std::string block = is_of_resampler(down->rest) ? std::string("downsampler")
                                                                  : "resnets." + down->numbers[1];
            return fmt::format("encoder.down_blocks.{}.{}.{}",
                               down->numbers[0],
                               block,
                               inner_vae_name(down->rest));
        }
        if (const auto up = match("decoder.upsamples.{}.upsamples.{}", name)) {
            const std::string block =
                is_of_resampler(up->rest) ? std::string("upsampler") : "resnets." + up->numbers[1];
            return fmt::format(
                "decoder.up_blocks.{}.{}.{}", up->numbers[0], block, inner_vae_name(up->rest));
        }
        return std::string(name);
    }
    if (const auto down = match("encoder.downsamples.{}", name)) {
        return fmt::format(
            "encoder.down_blocks.{}.{}", down->numbers[0], inner_vae_name(down->rest));
    }
    if (const auto up = match("decoder.upsamples.{}", name)) {
        const std::int64_t number = number_in(up->numbers[0]).value_or(0);
        const std::string block = is_of_resampler(up->rest)
                                      ? std::string("upsamplers.0")
                                      : fmt::format("resnets.{}", number % vae_blocks_of_stage_);
        return fmt::format("decoder.up_blocks.{}.{}.{}",
                           number / vae_blocks_of_stage_,
                           block,
                           inner_vae_name(up->rest));
    }
    return std::string(name);
}

std::string NameMap::without_prefix(const std::string& name) const {
    return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
}

// T5 has one table under two names; a file may hold either, or both.
std::vector<RenamedTensor> NameMap::renamed_of_text_encoder(const std::string& bare,
                                                            const StoredTensor& tensor) const {
    if (bare != tied_table) return {{bare, tensor}};
    if (has_shared_table_) return {};
    return {{std::string(shared_table), tensor}};
}

std::vector<RenamedTensor> NameMap::renamed(const std::string& name,
                                            const StoredTensor& tensor) const {
    const std::string bare = without_prefix(name);
    if (kind_ && is_never_used(*kind_, bare)) return {};
    // Some files carry a norm that no forward pass of the reference uses.
    if (bare.find(".norm_added_q.") != std::string::npos) return {};
    switch (scheme_) {
        case NameScheme::diffusers:
            if (kind_ == NetworkKind::text_encoder) return renamed_of_text_encoder(bare, tensor);
            return {{bare, tensor}};
        case NameScheme::original_transformer:
            return {{transformer_name(bare), tensor}};
        case NameScheme::original_vae:
            return {{vae_name(bare), tensor}};
        case NameScheme::original_text_encoder:
            return {{renamed_by(text_encoder_rules, bare).value_or(bare), tensor}};
        case NameScheme::gguf_text_encoder:
            return {{renamed_by(gguf_text_encoder_rules, bare).value_or(bare), tensor}};
        case NameScheme::original_image_encoder:
            return renamed_of_image_encoder(bare, tensor);
    }
    return {};
}

}  // namespace nightreel
