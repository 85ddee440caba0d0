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
#include "shotspec/night/rate_conversion.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/night/sampling_asked.h"
#include "shotspec/picture/exr_coding.h"
#include "shotspec/picture/movie_format.h"

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
    std::optional<std::int32_t> at_most;
};

template <>
struct ShortForm<TakesAsked> : std::true_type {};

template <class Visitor>
void describe(TakesAsked& value, Visitor& field) {
    field("count",
          value.count,
          {.meaning = "Number of takes to render.",
           .minimum = 1,
           .maximum = takes_max,
           .required = true});
    field("keep",
          value.keep,
          {.meaning = "Number of takes to keep: the best by the quality report. The others are "
                      "published as alternates. See takes.md.",
           .minimum = 1,
           .maximum = takes_max,
           .fallback = "count, without ranking"});
    field("at_most",
          value.at_most,
          {.meaning = "Number of takes to render at most: while fewer than keep are usable, count "
                      "more are rendered. Requires keep.",
           .minimum = 1,
           .maximum = takes_max,
           .fallback = "count"});
}

// What may stand in `defaults:` as well as in a shot.
struct ShotSettings {
    std::optional<std::string> model;
    std::optional<PictureSize> size;
    std::optional<FrameRate> fps;
    std::optional<RateConversion> rate;
    std::optional<TakesAsked> takes;
    std::optional<Quality> quality;
    std::optional<std::int32_t> handles;
    std::optional<std::int64_t> first_frame;
    std::optional<std::string> style;
    std::optional<std::string> negative;
    std::optional<std::vector<LoraAsked>> loras;
    std::optional<Strategy> strategy;
    std::optional<Length> segment;
    std::optional<Length> overlap;
    std::optional<bool> cut;
    std::optional<bool> free_noise;
    std::optional<std::int32_t> exchange;
    std::optional<RecipeAsked> recipe;
    std::optional<std::int32_t> steps;
    std::optional<Schedule> schedule;
    std::optional<double> shift;
    std::optional<std::vector<double>> sigmas;
    std::optional<std::vector<double>> timesteps;
    std::optional<std::int32_t> switch_at_step;
    std::optional<double> noise_scale;
    std::optional<double> guidance;
    std::optional<double> guidance_low;
    std::optional<double> step_cache;
    std::optional<double> guidance_until;
    std::optional<GuidanceInterval> guidance_interval;
    std::optional<bool> guide_references;
    std::optional<Solver> sampler;
    std::optional<ForcingAsked> forcing;
    std::optional<Reproducible> reproducible;
    std::optional<ExrAsked> exr;
    std::optional<std::vector<MovieFormat>> movies;
    std::optional<std::string> output;
};

template <class Visitor>
void describe_delivery(ShotSettings& value, Visitor& field) {
    field("size",
          value.size,
          {.meaning = "Picture size in pixels, one that the model supports.",
           .example = "96x64",
           .fallback = "the first size in the model card"});
    field("fps",
          value.fps,
          {.meaning = "Frame rate of the delivered frames. If the model has another, `rate` says "
                      "how it serves this one.",
           .example = "24",
           .fallback = "the frame rate of the model"});
    field("rate",
          value.rate,
          {.meaning = "How a model of another frame rate makes frames at `fps`. conform: each "
                      "frame of the model is one delivered frame; motion is faster or slower. "
                      "hold: frames of the model are repeated or dropped. blend: frames between "
                      "two of the model are mixed (docs/frame_rates.md).",
           .example = "conform",
           .fallback = "required if the model has another frame rate than `fps`"});
    field("takes",
          value.takes,
          {.meaning = "Number of takes to render, each with different noise.",
           .example = "4",
           .fallback = "1"});
    field("handles",
          value.handles,
          {.meaning = "Extra frames before and after the cut.",
           .minimum = 0,
           .maximum = handles_max,
           .example = "8",
           .fallback = "0"});
    field("first_frame",
          value.first_frame,
          {.meaning = "Number of the first delivered frame. With handles, the cut begins `handles` "
                      "frames later.",
           .minimum = 0,
           .maximum = frame_number_max,
           .example = "1001",
           .fallback = "1001"});
    field("exr",
          value.exr,
          {.meaning = "How EXR frames are delivered (docs/delivery.md).",
           .example = "{ compression: zip, colour: acescg, owner: Night Shift VFX }",
           .fallback = "piz, lin_rec709"});
    field("movies",
          value.movies,
          {.meaning = "Movies of each take beside its review movie, which is always there: h264. "
                      "h265: 10 bit, prores: 422 HQ, dnxhr: HQX (docs/delivery.md).",
           .example = "[h264, prores]",
           .fallback = "[h264]"});
    field("output",
          value.output,
          {.meaning = "Folder of a take, relative to the output root. Placeholders: {show}, "
                      "{sequence}, {shot}, {version}, {take}.",
           .example = "\"{show}/{shot}/v{version:03}/take{take:02}\"",
           .fallback = "{show}/{sequence}/{shot}/v{version:03}/take{take:02}"});
}

template <class Visitor>
void describe_segments(ShotSettings& value, Visitor& field) {
    field("strategy",
          value.strategy,
          {.meaning = "How a take is made that is longer than a segment. chain: each segment "
                      "begins with what the previous one ends with. windowed: all windows of the "
                      "take share each denoising step. anchors: gaps between pictures in keys, or "
                      "between short clips, do not wait for each other (docs/long_takes.md).",
           .fallback = "chosen by the model"});
    field("segment",
          value.segment,
          {.meaning = "Length of a segment, within the model's window.",
           .example = "17f",
           .fallback = "the usual window of the model"});
    field("overlap",
          value.overlap,
          {.meaning = "Length that consecutive segments share; must be shorter than a segment. "
                      "VACE models keep 4 k + 1 frames, models that continue from a picture "
                      "always one (docs/long_takes.md).",
           .example = "8f",
           .fallback = "the usual overlap of the model"});
    field(
        "cut",
        value.cut,
        {.meaning = "Whether a take that is longer than a segment is made of separate clips, with "
                    "a cut between them; for models that cannot continue a clip.",
         .example = "true",
         .fallback = "false"});
    field("free_noise",
          value.free_noise,
          {.meaning = "With strategy: windowed, whether later windows start from the noise of the "
                      "first one, in another order; holds the look together and costs motion.",
           .example = "false",
           .fallback = "true, for VACE models false"});
    field("exchange",
          value.exchange,
          {.meaning = "With strategy: windowed, the number of steps that each window makes in a "
                      "task of its own before it is averaged with its neighbours, so that several "
                      "workers share a take. 1 gives the same pictures as none but for rounding; "
                      "more steps cost agreement of the windows (docs/long_takes.md).",
           .minimum = 1,
           .example = "4",
           .fallback = "none: one task makes all windows"});
}

template <class Visitor>
void describe(ShotSettings& value, Visitor& field) {
    field("model",
          value.model,
          {.meaning = "Name of the model: the name of its folder in one of the model roots.",
           .example = "toybox",
           .fallback = "required, in the shot or in defaults"});
    describe_delivery(value, field);
    field(
        "quality",
        value.quality,
        {.meaning = "Sampling preset: draft or final settings of the model.", .fallback = "final"});
    field("style",
          value.style,
          {.meaning = "Name of a style: its text is added to the prompts, its negative text to the "
                      "negative prompt, and its LoRAs are applied. none: no style.",
           .example = "ink",
           .fallback = "none"});
    field("negative",
          value.negative,
          {.meaning = "Negative prompt: what to keep out of the picture.",
           .fallback = "the negative prompt of the model"});
    field("loras",
          value.loras,
          {.meaning = "LoRAs to apply, in addition to those of the characters in the shot.",
           .example = "[{ file: loras/ink.safetensors, strength: 0.8 }]",
           .fallback = "none"});
    describe_segments(value, field);
    describe_sampling(value, field);
    field("reproducible",
          value.reproducible,
          {.meaning = "strict: run all tasks of a take on one device class, so that a second "
                      "render gives the same bytes.",
           .fallback = "usual"});
}

}  // namespace nightreel
