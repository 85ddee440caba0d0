#pragma once
// How a shot is sampled, as a night asks for it: a recipe with its LoRA files, and settings that
// override what the recipe or the model's card say. Described once here, for the struct that has
// them (shotspec/night/shot_settings.h). Plain values, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shotspec/card/sampling_settings.h"
#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/night/lora_settings.h"

namespace nightreel {

// The file of a LoRA that a recipe needs; its strength is the recipe's.
struct RecipeLoraAsked {
    std::string file;
    std::optional<double> strength;
};

template <>
struct ShortForm<RecipeLoraAsked> : std::true_type {};

template <class Visitor>
void describe(RecipeLoraAsked& value, Visitor& field) {
    field("file",
          value.file,
          {.meaning = "LoRA file (safetensors), relative to this file.",
           .required = true,
           .example = "loras/wan2.1_t2v_14b_lora_rank64_lightx2v_4step.safetensors"});
    field("strength",
          value.strength,
          {.meaning = "Strength of the LoRA.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "set by the recipe"});
}

// `none` in place of a name takes a recipe of the defaults away.
inline constexpr std::string_view no_recipe = "none";

struct RecipeAsked {
    std::string name;
    std::optional<RecipeLoraAsked> lora;
    std::optional<RecipeLoraAsked> high;
    std::optional<RecipeLoraAsked> low;
};

template <>
struct ShortForm<RecipeAsked> : std::true_type {};

template <class Visitor>
void describe(RecipeAsked& value, Visitor& field) {
    field("name",
          value.name,
          {.meaning = "Name of an installed recipe (`nightreel recipes list`), path of a recipe "
                      "file relative to this file, or none.",
           .required = true,
           .example = "fastwan2.1-t2v"});
    field("lora",
          value.lora,
          {.meaning = "File of the recipe's LoRA, for recipes with one LoRA.",
           .example = "loras/lightx2v.safetensors"});
    field("high",
          value.high,
          {.meaning = "File of the LoRA for the high-noise expert, for recipes with two LoRAs.",
           .example = "loras/high_noise_model.safetensors"});
    field("low",
          value.low,
          {.meaning = "File of the LoRA for the low-noise expert, for recipes with two LoRAs.",
           .example = "loras/low_noise_model.safetensors"});
}

// The noise levels of the steps (docs/recipes.md).
template <class Settings, class Visitor>
void describe_levels_asked(Settings& value, Visitor& field) {
    field("steps",
          value.steps,
          {.meaning = "Denoising steps per segment.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "set by recipe or quality"});
    field("schedule",
          value.schedule,
          {.meaning = "Spacing of the noise levels, before the shift (docs/recipes.md).",
           .fallback = "set by recipe or quality"});
    field("shift",
          value.shift,
          {.meaning = "Shift of the noise levels towards noise.",
           .minimum = 0.1,
           .maximum = 100,
           .example = "5",
           .fallback = "set by recipe or quality"});
    field(
        "sigmas",
        value.sigmas,
        {.meaning = "Noise levels of the steps one by one, falling, without the final 0. Replaces "
                    "steps, schedule and shift.",
         .minimum = 0,
         .maximum = 1,
         .example = "[1, 0.9375, 0.83333, 0.625]",
         .fallback = "computed from schedule, steps and shift"});
    field("timesteps",
          value.timesteps,
          {.meaning = "Timesteps of the steps as the model receives them, falling. Replaces steps "
                      "and schedule. Each has the noise level of the nearest of the 1000 timesteps "
                      "of training, shifted by shift.",
           .minimum = 0,
           .maximum = 1000,
           .example = "[1000, 757, 522]",
           .fallback = "1000 times the noise level"});
    field("switch_at_step",
          value.switch_at_step,
          {.meaning = "Number of steps of the high-noise expert, for models with two experts.",
           .minimum = 1,
           .maximum = 999,
           .example = "2",
           .fallback = "set by recipe, otherwise by the noise level at which the model changes"});
    field("noise_scale",
          value.noise_scale,
          {.meaning = "Factor for the noise that sampling starts from.",
           .minimum = 0.01,
           .maximum = noise_scale_max,
           .fallback = "set by recipe, otherwise 1"});
}

// And how it is approximated.
template <class Settings, class Visitor>
void describe_guidance_asked(Settings& value, Visitor& field) {
    field("guidance",
          value.guidance,
          {.meaning = "Classifier-free guidance scale; 1 disables guidance.",
           .minimum = 1,
           .maximum = 30,
           .fallback = "set by recipe or quality"});
    field(
        "guidance_low",
        value.guidance_low,
        {.meaning = "Guidance scale of the low-noise expert, for models with two experts.",
         .minimum = 1,
         .maximum = 30,
         .fallback = "guidance of the same shot or defaults, otherwise set by recipe or quality"});
    field(
        "step_cache",
        value.step_cache,
        {.meaning = "Approximation: skip the network in a step while its estimated relative change "
                    "stays below this value; 0 disables the cache (docs/approximations.md).",
         .minimum = 0,
         .maximum = step_cache_max,
         .example = "0.1",
         .fallback = "set by quality"});
    field("guidance_until",
          value.guidance_until,
          {.meaning = "Approximation: fraction of the steps after which the guidance difference is "
                      "no longer computed but reused; 1 disables this (docs/approximations.md).",
           .minimum = 0,
           .maximum = 1,
           .example = "0.5",
           .fallback = "set by quality"});
    field("guidance_interval",
          value.guidance_interval,
          {.meaning = "Fractions of the steps between which guidance is applied. Outside this "
                      "interval only the prompt is used.",
           .example = "{ start: 0.1, stop: 0.8 }",
           .fallback = "set by quality, otherwise all steps"});
    field("guide_references",
          value.guide_references,
          {.meaning = "Guidance strengthens the reference pictures as well as the prompt: the "
                      "prediction it leads away from sees neither. Keeps characters better over "
                      "chained segments. For models that take references as frames before the "
                      "clip; not with step_cache.",
           .fallback = "set by quality, otherwise false"});
}

template <class Settings, class Visitor>
void describe_sampling(Settings& value, Visitor& field) {
    field("recipe",
          value.recipe,
          {.meaning = "Recipe for sampling in few steps, with its LoRA files (docs/recipes.md). "
                      "Replaces the preset that quality selects; the settings below override it.",
           .example = "{ name: lightx2v-wan2.1-t2v, lora: loras/lightx2v.safetensors }",
           .fallback = "none"});
    describe_levels_asked(value, field);
    describe_guidance_asked(value, field);
    field("sampler",
          value.sampler,
          {.meaning = "Solver of the denoising steps (docs/recipes.md).",
           .fallback = "set by recipe or quality"});
    field("forcing",
          value.forcing,
          {.meaning = "Overrides the model card's diffusion-forcing settings. Requires a "
                      "diffusion-forcing model (docs/forcing.md).",
           .example = "{ block: 5, lag: 5, history_noise: 20 }",
           .fallback = "set by quality"});
}

}  // namespace nightreel
