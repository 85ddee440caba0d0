#include "pipeline/checkpoint/model_family.h"

#include <algorithm>
#include <array>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::string_view sizes_both = "832x480, 480x832, 1280x720, 720x1280";

constexpr auto families = std::to_array<FamilyDefaults>(
    {{.name = "wan2.1-t2v", .sizes = sizes_both},
     {.name = "wan2.1-i2v", .sizes = sizes_both, .first_picture = "needed", .steps = 40},
     {.name = "wan2.1-flf2v",
      .sizes = "1280x720, 720x1280",
      .first_picture = "needed",
      .last_picture = "needed",
      .guidance = 5.5,
      .shift = 16.0},
     {.name = "wan2.1-vace", .sizes = sizes_both, .references_max = 4, .shift = 16.0},
     {.name = "wan2.2-t2v",
      .sizes = sizes_both,
      .steps = 40,
      .guidance = 4.0,
      .shift = 12.0,
      .guidance_low = 3.0},
     {.name = "wan2.2-i2v",
      .sizes = sizes_both,
      .first_picture = "needed",
      .last_picture = "taken",
      .steps = 40,
      .guidance = 3.5},
     {.name = "wan2.2-ti2v",
      .sizes = "1280x704, 704x1280",
      .size_multiple = 32,
      .rate = 24,
      .history = true,
      .first_picture = "taken",
      .latent_frames = 31,
      .overlap = 1},
     {.name = "skyreels-v2-df",
      .sizes = "960x544, 544x960",
      .rate = 24,
      .history = true,
      .first_picture = "taken",
      .latent_frames = 25,
      .overlap = 5,
      .guidance = 6.0,
      .shift = 8.0},
     {.name = "skyreels-v2-i2v",
      .sizes = "960x544, 544x960",
      .rate = 24,
      .first_picture = "needed",
      .latent_frames = 25}});

const FamilyDefaults& family_named(std::string_view name) {
    const auto* const found = std::ranges::find(families, name, &FamilyDefaults::name);
    NIGHTREEL_CHECK(found != families.end(), "a family that is told has defaults");
    return *found;
}

}  // namespace

const FamilyDefaults& family_of(const ModelFolder& folder, const nlohmann::json& transformer) {
    const std::string name = transformer.value("_class_name", std::string());
    const auto number = [&](const char* key) {
        const auto found = transformer.find(key);
        return found != transformer.end() && found->is_number_integer() ? found->get<int>() : 0;
    };
    const bool sees_image = number("in_channels") == 36;
    if (name == "WanVACETransformer3DModel") return family_named("wan2.1-vace");
    if (name == "SkyReelsV2Transformer3DModel") {
        return family_named(sees_image ? "skyreels-v2-i2v" : "skyreels-v2-df");
    }
    const auto per_token = folder.options.find("expand_timesteps");
    if (per_token != folder.options.end() && *per_token == true) {
        return family_named("wan2.2-ti2v");
    }
    if (folder.has("transformer_2")) return family_named(sees_image ? "wan2.2-i2v" : "wan2.2-t2v");
    if (number("pos_embed_seq_len") > 0) return family_named("wan2.1-flf2v");
    if (sees_image) return family_named("wan2.1-i2v");
    return family_named("wan2.1-t2v");
}

std::string_view usual_negative_prompt() {
    return "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差"
           "质量，"
           "低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形"
           "的，"
           "毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着"
           "走";
}

}  // namespace nightreel
