#include "pipeline/checkpoint/layout/network_kinds.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::string_view tokenizer_tensor = "spiece_model";

// Two tensors that every network of the kind has and no other; rank 0: any.
struct NetworkMark {
    NetworkKind kind;
    std::string_view name;
    std::size_t rank;
    std::string_view other;
};

constexpr auto network_marks = std::to_array<NetworkMark>(
    {{NetworkKind::transformer, "patch_embedding.weight", 5, "head.head.weight"},
     {NetworkKind::transformer, "patch_embedding.weight", 5, "proj_out.weight"},
     {NetworkKind::vae, "decoder.conv1.weight", 5, "conv2.weight"},
     {NetworkKind::vae, "decoder.conv_in.weight", 5, "post_quant_conv.weight"},
     {NetworkKind::text_encoder,
      "encoder.final_layer_norm.weight",
      1,
      "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"},
     {NetworkKind::text_encoder,
      "token_embedding.weight",
      2,
      "blocks.0.pos_embedding.embedding.weight"},
     {NetworkKind::text_encoder, "token_embd.weight", 2, "enc.blk.0.attn_rel_b.weight"},
     {NetworkKind::image_encoder,
      "vision_model.embeddings.patch_embedding.weight",
      4,
      "vision_model.embeddings.class_embedding"},
     {NetworkKind::image_encoder, "visual.patch_embedding.weight", 4, "visual.cls_embedding"}});

// A control module holds the one, and its base the other.
constexpr std::string_view control_embedding = "vace_patch_embedding.weight";
constexpr std::string_view embedding = "patch_embedding.weight";

struct ForeignModel {
    std::string_view prefix;
    std::string_view model;
};

constexpr auto foreign_models =
    std::to_array<ForeignModel>({{"face_adapter.", "Wan2.2-Animate"},
                                 {"motion_encoder.", "Wan2.2-Animate"},
                                 {"pose_patch_embedding.", "Wan2.2-Animate"},
                                 {"casual_audio_encoder.", "Wan2.2-S2V"},
                                 {"cond_encoder.", "Wan2.2-S2V"},
                                 {"audio_proj.", "an audio-driven model (HuMo, InfiniteTalk)"},
                                 {"control_adapter.", "Wan-Fun camera control"},
                                 {"ref_conv.", "Wan-Fun control"}});

bool has(const StoredTensors& tensors, const std::string& prefix, std::string_view name) {
    return tensors.contains(prefix + std::string(name));
}

// UMT5 has a table of positions in every layer; T5, which other models use, in the first alone.
bool is_other_text_encoder(const StoredTensors& tensors, const std::string& prefix) {
    const auto lacks_table = [&](std::string_view norm, std::string_view table) {
        return has(tensors, prefix, norm) && !has(tensors, prefix, table);
    };
    return lacks_table("encoder.block.1.layer.0.layer_norm.weight",
                       "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight") ||
           lacks_table("enc.blk.1.attn_norm.weight", "enc.blk.1.attn_rel_b.weight");
}

// What stands before `ending` in a name; names end at a dot only.
std::optional<std::string> before_ending(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending)) return {};
    const std::string_view prefix = name.substr(0, name.size() - ending.size());
    if (!prefix.empty() && !prefix.ends_with('.')) return {};
    return std::string(prefix);
}

}  // namespace

std::string_view part_name_of(NetworkKind kind) {
    switch (kind) {
        case NetworkKind::transformer:
        case NetworkKind::control_module:
            return "transformer";
        case NetworkKind::vae:
            return "vae";
        case NetworkKind::text_encoder:
            return "text_encoder";
        case NetworkKind::image_encoder:
            return "image_encoder";
    }
    NIGHTREEL_CHECK(false, "a kind of network outside of its enumeration");
}

std::vector<NetworkFound> networks_in(const StoredTensors& tensors) {
    std::vector<NetworkFound> found;
    for (const auto& [name, tensor] : tensors) {
        for (const NetworkMark& mark : network_marks) {
            const auto prefix = before_ending(name, mark.name);
            if (!prefix || tensor.shape.size() != mark.rank) continue;
            if (!has(tensors, *prefix, mark.other)) continue;
            if (mark.kind == NetworkKind::text_encoder && is_other_text_encoder(tensors, *prefix)) {
                continue;
            }
            found.push_back({mark.kind, *prefix});
        }
        const auto prefix = before_ending(name, control_embedding);
        if (prefix && !has(tensors, *prefix, embedding)) {
            found.push_back({NetworkKind::control_module, *prefix});
        }
    }
    return found;
}

std::optional<std::string> foreign_model_of(const StoredTensors& tensors) {
    for (const ForeignModel& model : foreign_models) {
        const auto is_its = [&](const auto& item) {
            const std::string_view name = item.first;
            const std::size_t at = name.find(model.prefix);
            return at == 0 || (at != std::string_view::npos && name[at - 1] == '.');
        };
        if (std::ranges::any_of(tensors, is_its)) {
            const std::string_view word = model.prefix.substr(0, model.prefix.size() - 1);
            return fmt::format("{} (it has {} tensors)", model.model, word);
        }
    }
    return {};
}

bool is_never_used(NetworkKind kind, std::string_view bare) {
    if (bare == tokenizer_tensor || bare == "scaled_fp8") return true;
    switch (kind) {
        case NetworkKind::text_encoder:
            return bare.starts_with("decoder.") || bare.starts_with("lm_head.") ||
                   bare.starts_with("dec.") || bare == "output.weight";
        case NetworkKind::image_encoder:
            return bare == "logit_scale" || bare.starts_with("text_model.") ||
                   bare.starts_with("text_projection.") || bare.starts_with("visual_projection.") ||
                   bare.ends_with("position_ids");
        case NetworkKind::transformer:
            // A key that is a label: "model_type.Wan2_1-FLF2V-14B-720P".
            return bare.starts_with("model_type.");
        case NetworkKind::control_module:
        case NetworkKind::vae:
            return false;
    }
    return false;
}

const StoredTensor* tokenizer_in(const StoredTensors& tensors) {
    for (const auto& [name, tensor] : tensors) {
        const bool is_bytes = tensor.type == ElementType::uint8 && tensor.shape.size() == 1;
        if (is_bytes && tensor.bytes > 0 && before_ending(name, tokenizer_tensor)) return &tensor;
    }
    return nullptr;
}

}  // namespace nightreel
