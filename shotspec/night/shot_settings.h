#pragma once
// What may be asked of every shot of a night, under `defaults:` or in the shot itself. Described
// once here. Plain values, any thread.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/card/forcing.h"
#include "shotspec/card/guidance_interval.h"
#include "shotspec/card/model_card.h"
#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

inline constexpr std::int32_t night_version = 1;
inline constexpr std::int32_t takes_max = 99;
inline constexpr std::int32_t handles_max = 1000;
inline constexpr std::int64_t frame_number_max = 9'999'999;
inline constexpr std::int64_t shot_frames_max = 1'000'000;

enum class Reproducible { usual, strict };

template <>
struct EnumWords<Reproducible> {
    static constexpr auto words = std::to_array<std::pair<Reproducible, std::string_view>>(
        {{Reproducible::usual, "usual"}, {Reproducible::strict, "strict"}});
};

struct TakesAsked {
    std::int32_t count = 1;
    std::optional<std::int32_t> keep;
};

template <>
struct ShortForm<TakesAsked> : std::true_type {};

template <class Visitor>
void describe(TakesAsked& value, Visitor& field) {
    field("count",
          value.count,
          {.meaning = "Takes rendered.", .minimum = 1, .maximum = takes_max, .required = true});
    field("keep",
          value.keep,
          {.meaning = "Takes kept. Takes are not ranked yet: as many as are rendered.",
           .minimum = 1,
           .maximum = takes_max,
           .fallback = "count"});
}

// What may stand in `defaults:` as well as in a shot.
struct ShotSettings {
    std::optional<std::string> model;
    std::optional<PictureSize> size;
    std::optional<FrameRate> fps;
    std::optional<TakesAsked> takes;
    std::optional<Quality> quality;
    std::optional<std::int32_t> handles;
    std::optional<std::int64_t> first_frame;
    std::optional<std::string> negative;
    std::optional<std::vector<LoraAsked>> loras;
    std::optional<Strategy> strategy;
    std::optional<Length> segment;
    std::optional<Length> overlap;
    std::optional<std::int32_t> steps;
    std::optional<double> guidance;
    std::optional<double> step_cache;
    std::optional<double> guidance_until;
    std::optional<GuidanceInterval> guidance_interval;
    std::optional<Solver> sampler;
    std::optional<ForcingAsked> forcing;
    std::optional<Reproducible> reproducible;
    std::optional<std::string> output;
};

template <class Visitor>
void describe_delivery(ShotSettings& value, Visitor& field) {
    field("size",
          value.size,
          {.meaning = "Picture size; one that the model makes.",
           .example = "96x64",
           .fallback = "the first size of the model's card"});
    field("fps",
          value.fps,
          {.meaning = "Frames a second; the rate that the model makes.",
           .example = "12",
           .fallback = "the model's"});
    field("takes",
          value.takes,
          {.meaning = "How many takes are rendered, each from noise of its own.",
           .example = "4",
           .fallback = "1"});
    field("handles",
          value.handles,
          {.meaning = "Extra frames before and after the cut, delivered with it.",
           .minimum = 0,
           .maximum = handles_max,
           .example = "8",
           .fallback = "0"});
    field("first_frame",
          value.first_frame,
          {.meaning = "Number of the first delivered frame; the cut begins `handles` later.",
           .minimum = 0,
           .maximum = frame_number_max,
           .example = "1001",
           .fallback = "1001"});
    field("output",
          value.output,
          {.meaning = "Folder of a take below the output root, from {show}, {sequence}, {shot}, "
                      "{version} and {take}.",
           .example = "\"{show}/{shot}/v{version:03}/take{take:02}\"",
           .fallback = "{show}/{sequence}/{shot}/v{version:03}/take{take:02}"});
}

template <class Visitor>
void describe_sampling(ShotSettings& value, Visitor& field) {
    field("steps",
          value.steps,
          {.meaning = "Denoising steps of each segment.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "the quality's"});
    field("guidance",
          value.guidance,
          {.meaning = "How strongly the prompt is followed; 1 turns guidance off.",
           .minimum = 1,
           .maximum = 30,
           .fallback = "the quality's"});
    field("step_cache",
          value.step_cache,
          {.meaning = "Approximation: steps leave the network out while its estimated relative "
                      "change stays below this; 0 for none (docs/approximations.md).",
           .minimum = 0,
           .maximum = step_cache_max,
           .example = "0.1",
           .fallback = "the quality's"});
    field("guidance_until",
          value.guidance_until,
          {.meaning = "Approximation: share of the steps after which the difference that guidance "
                      "makes is kept as it is; 1 for never (docs/approximations.md).",
           .minimum = 0,
           .maximum = 1,
           .example = "0.5",
           .fallback = "the quality's"});
    field("guidance_interval",
          value.guidance_interval,
          {.meaning = "Shares of the steps between which guidance acts; before and after them the "
                      "prompt alone is asked.",
           .example = "{ start: 0.1, stop: 0.8 }",
           .fallback = "the quality's, else all steps"});
    field("sampler",
          value.sampler,
          {.meaning = "How a denoising step is taken.", .fallback = "the quality's"});
    field(
        "forcing",
        value.forcing,
        {.meaning = "Diffusion forcing, for a model that has it: what its latent frames with noise "
                    "levels of their own do other than its card says (docs/forcing.md).",
         .example = "{ block: 5, lag: 5, history_noise: 20 }",
         .fallback = "the quality's"});
}

template <class Visitor>
void describe(ShotSettings& value, Visitor& field) {
    field("model",
          value.model,
          {.meaning = "Name of the model, a folder of one of the model roots.",
           .example = "toybox",
           .fallback = "has to be given, for the shot or in defaults"});
    describe_delivery(value, field);
    field("quality",
          value.quality,
          {.meaning = "Which of the model's sampling settings are used.", .fallback = "final"});
    field("negative",
          value.negative,
          {.meaning = "What is not to be seen.", .fallback = "the model's"});
    field("loras",
          value.loras,
          {.meaning = "LoRAs that act on the model; those of the shot's characters are added.",
           .example = "[{ file: loras/ink.safetensors, strength: 0.8 }]",
           .fallback = "none"});
    field("strategy",
          value.strategy,
          {.meaning = "How segments are joined. chain: each continues the latents of the one "
                      "before.",
           .fallback = "chain"});
    field("segment",
          value.segment,
          {.meaning = "Length of a segment, as the model's window allows.",
           .example = "17f",
           .fallback = "the model's usual window"});
    field("overlap",
          value.overlap,
          {.meaning = "What neighbouring segments share; shorter than a segment.",
           .example = "8f",
           .fallback = "the model's"});
    describe_sampling(value, field);
    field("reproducible",
          value.reproducible,
          {.meaning = "strict keeps all of a take on one class of device, so that it can be made "
                      "again byte for byte.",
           .fallback = "usual"});
}

}  // namespace nightreel
