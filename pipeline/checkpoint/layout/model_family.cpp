#include "pipeline/checkpoint/layout/model_family.h"

#include <algorithm>
#include <array>

#include "shotspec/base/check.h"
#include "shotspec/card/forcing.h"

namespace nightreel {
namespace {

constexpr std::string_view sizes_both = "832x480, 480x832, 1280x720, 720x1280";

constexpr auto families = std::to_array<FamilyDefaults>(
    {{.name = "wan2.1-t2v",
      .source = "Wan2.1 README, section on the 1.3B model",
      .remark = "The README recommends a shift of 8 to 12; the program's defaults are guidance 5 "
                "and shift 5.",
      .heads = 12,
      .sizes = "832x480, 480x832",
      .guidance = 6.0,
      .shift = 8.0},
     {.name = "wan2.1-t2v",
      .source = "Wan2.1 generate.py, wan/configs/wan_t2v_14B.py",
      .sizes = sizes_both},
     {.name = "wan2.1-i2v",
      .source = "Wan2.1 generate.py, wan/configs/wan_i2v_14B.py",
      .sizes = sizes_both,
      .first_picture = "needed",
      .steps = 40,
      .shift_by_size = "{ size: 832x480, shift: 3.0 }, { size: 480x832, shift: 3.0 }",
      .negative = NegativePrompt::wan_pictures},
     {.name = "wan2.1-flf2v",
      .source = "Wan2.1 generate.py, wan/configs/__init__.py, wan/first_last_frame2video.py",
      .remark = "The function's own default, and diffusers' example, is guidance 5.5.",
      .sizes = "1280x720, 720x1280",
      .first_picture = "needed",
      .last_picture = "needed",
      .shift = 16.0,
      .negative = NegativePrompt::wan_two_pictures},
     {.name = "wan2.1-vace",
      .source = "VACE vace/vace_wan_inference.py, vace/models/wan/configs/__init__.py",
      .sizes = sizes_both,
      .references_max = 4,
      .shift = 16.0},
     {.name = "wan2.2-t2v",
      .source = "Wan2.2 wan/configs/wan_t2v_A14B.py",
      .sizes = sizes_both,
      .steps = 40,
      .guidance = 4.0,
      .shift = 12.0,
      .guidance_low = 3.0},
     {.name = "wan2.2-i2v",
      .source = "Wan2.2 wan/configs/wan_i2v_A14B.py",
      .sizes = sizes_both,
      .first_picture = "needed",
      .last_picture = "taken",
      .steps = 40,
      .guidance = 3.5},
     {.name = "wan2.2-ti2v",
      .source = "Wan2.2 wan/configs/wan_ti2v_5B.py",
      .sizes = "1280x704, 704x1280",
      .size_multiple = 32,
      .rate = 24,
      .history = true,
      .first_picture = "taken",
      .latent_frames = 31,
      .overlap = 1},
     {.name = forcing_family,
      .source = "SkyReels-V2 generate_video_df.py and README",
      .remark = "The README takes 50 steps, the script 30; for a first picture the README gives "
                "guidance 5 and shift 5.",
      .sizes = "960x544, 544x960",
      .rate = 24,
      .history = true,
      .first_picture = "taken",
      .latent_frames = 25,
      .overlap = 5,
      .guidance = 6.0,
      .shift = 8.0,
      .history_noise = 20},
     {.name = "skyreels-v2-t2v",
      .source = "SkyReels-V2 generate_video.py and README",
      .remark = "The README takes 50 steps, the script 30.",
      .sizes = "960x544, 544x960",
      .rate = 24,
      .latent_frames = 25,
      .guidance = 6.0,
      .shift = 8.0,
      .negative = NegativePrompt::skyreels_english},
     {.name = "skyreels-v2-i2v",
      .source = "SkyReels-V2 generate_video.py and README",
      .remark = "The README gives shift 5.0 in its table and 3.0 in a note, and takes 50 steps; "
                "the script takes 30.",
      .sizes = "960x544, 544x960",
      .rate = 24,
      .first_picture = "needed",
      .latent_frames = 25,
      .negative = NegativePrompt::skyreels_english}});

constexpr auto step_caches = std::to_array<StepCacheDefaults>(
    {{.family = "wan2.1-t2v",
      .heads = 12,
      .coefficients = "-5.21862437e4, 9.23041404e3, -5.28275948e2, 1.36987616e1, -4.99875664e-2"},
     {.family = "wan2.1-t2v",
      .heads = 40,
      .coefficients = "-3.03318725e5, 4.90537029e4, -2.65530556e3, 5.87365115e1, -3.15583525e-1"},
     {.family = "wan2.1-i2v",
      .heads = 40,
      .coefficients = "2.57151496e5, -3.54229917e4, 1.40286849e3, -1.35890334e1, 1.32517977e-1",
      .remark =
          "Coefficients for the 480p weights. For the 720p weights: 8.10705460e3, 2.13393892e3, "
          "-3.72934672e2, 1.66203073e1, -4.17769401e-2"}});

// What holds for a transformer of so many heads comes before what holds for any.
const FamilyDefaults& family_named(std::string_view name, std::int64_t heads = 0) {
    const auto* const found = std::ranges::find_if(families, [&](const FamilyDefaults& family) {
        return family.name == name && (family.heads == 0 || family.heads == heads);
    });
    NIGHTREEL_CHECK(found != families.end(), "every family has defaults");
    return *found;
}

}  // namespace

const FamilyDefaults& family_of(const ModelFolder& folder, const nlohmann::json& transformer) {
    const auto class_name = transformer.find("_class_name");
    const bool has_name = class_name != transformer.end() && class_name->is_string();
    const std::string name = has_name ? class_name->get<std::string>() : std::string();
    const auto number = [&](const char* key) {
        const auto found = transformer.find(key);
        return found != transformer.end() && found->is_number_integer() ? found->get<int>() : 0;
    };
    const bool sees_image = number("in_channels") == 36;
    if (name == "WanVACETransformer3DModel") return family_named("wan2.1-vace");
    if (name == "SkyReelsV2Transformer3DModel") {
        if (sees_image) return family_named("skyreels-v2-i2v");
        // Its transformer is that of diffusion forcing.
        const bool is_plain = folder.pipeline_class == "SkyReelsV2Pipeline";
        return family_named(is_plain ? "skyreels-v2-t2v" : forcing_family);
    }
    const auto per_token = folder.options.find("expand_timesteps");
    if (per_token != folder.options.end() && *per_token == true) {
        return family_named("wan2.2-ti2v");
    }
    if (folder.has("transformer_2")) return family_named(sees_image ? "wan2.2-i2v" : "wan2.2-t2v");
    if (number("pos_embed_seq_len") > 0) return family_named("wan2.1-flf2v");
    if (sees_image) return family_named("wan2.1-i2v");
    return family_named("wan2.1-t2v", number("num_attention_heads"));
}

const StepCacheDefaults* step_cache_of(const FamilyDefaults& family,
                                       const nlohmann::json& transformer) {
    const auto heads = transformer.value("num_attention_heads", std::int64_t{0});
    const auto* const found =
        std::ranges::find_if(step_caches, [&](const StepCacheDefaults& defaults) {
            return defaults.family == family.name && defaults.heads == heads;
        });
    return found == step_caches.end() ? nullptr : found;
}

std::int64_t frames_per_block_of(const nlohmann::json& transformer) {
    const auto found = transformer.find("num_frame_per_block");
    return found != transformer.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                                    : 1;
}

std::string negative_prompt_of(const FamilyDefaults& family) {
    // wan/configs/shared_config.py; the same in VACE and in SkyReels' script for diffusion forcing.
    const std::string wan =
        "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差"
        "质量，"
        "低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形"
        "的，"
        "毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着"
        "走";
    switch (family.negative) {
        case NegativePrompt::wan:
            return wan;
        case NegativePrompt::wan_pictures:
            return "镜头晃动，" + wan;
        case NegativePrompt::wan_two_pictures:
            return "镜头切换，镜头晃动，" + wan;
        case NegativePrompt::skyreels_english:
            return "Bright tones, overexposed, static, blurred details, subtitles, style, works, "
                   "paintings, images, static, overall gray, worst quality, low quality, JPEG "
                   "compression residue, ugly, incomplete, extra fingers, poorly drawn hands, "
                   "poorly drawn faces, deformed, disfigured, misshapen limbs, fused fingers, "
                   "still picture, messy background, three legs, many people in the background, "
                   "walking backwards";
    }
    NIGHTREEL_CHECK(false, "a negative prompt outside of its enumeration");
}

}  // namespace nightreel
