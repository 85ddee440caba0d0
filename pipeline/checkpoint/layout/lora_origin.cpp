#include "pipeline/checkpoint/layout/lora_origin.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/plain_name.h"

namespace nightreel {
namespace {

struct Mark {
    std::string_view word;
    std::string_view family;
};

constexpr std::string_view flux = "FLUX or HunyuanVideo";
constexpr std::string_view u_net = "Stable Diffusion 1.5, 2 or XL";
constexpr std::string_view image_branch =
    "an image-to-video model of Wan 2.1: the keys belong to its image branch";

// What only one family calls its layers; the first that any key holds counts.
constexpr auto marks =
    std::to_array<Mark>({{"double_blocks", flux},
                         {"single_blocks", flux},
                         {"single_transformer_blocks", flux},
                         {"joint_blocks", "Stable Diffusion 3"},
                         {"down_blocks", u_net},
                         {"up_blocks", u_net},
                         {"input_blocks", u_net},
                         {"output_blocks", u_net},
                         {"transformer_blocks", "LTX-Video, CogVideoX, Qwen-Image or the like"},
                         {"_img", image_branch},
                         {"img_emb", image_branch},
                         {"add_k_proj", image_branch},
                         {"add_v_proj", image_branch},
                         {"norm_added_k", image_branch},
                         {"image_embedder", image_branch},
                         {"vace_", "a VACE model: the keys belong to its control branch"}});

// Where trainers say what they trained on: modelspec's fields, kohya's, ai-toolkit's.
constexpr auto telling_fields = std::to_array<std::string_view>(
    {"modelspec.architecture", "ss_base_model_version", "base_model", "ss_sd_model_name"});

constexpr std::size_t field_bytes_max = 80;  // a longer one is no name

std::string_view family_of(std::span<const std::string> keys) {
    for (const Mark& mark : marks) {
        const auto holds = [&](const std::string& key) {
            return key.find(mark.word) != std::string::npos;
        };
        if (std::ranges::any_of(keys, holds)) return mark.family;
    }
    return "another model";
}

}  // namespace

std::string lora_origin(std::span<const std::string> keys, const TextMetadata& metadata) {
    std::string text = fmt::format("it was made for {}", family_of(keys));
    for (const std::string_view field : telling_fields) {
        const auto said = metadata.find(std::string(field));
        if (said == metadata.end() || said->second.empty()) continue;
        const std::string& value = said->second;
        if (value.size() > field_bytes_max || has_control_characters(value)) continue;
        return fmt::format("{} (its header says {}: {})", text, field, value);
    }
    return text;
}

}  // namespace nightreel
