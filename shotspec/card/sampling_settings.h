#pragma once
// How a model is sampled: solver, spacing of noise levels, steps, guidance. A preset of its card,
// or what a night file overrides. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/card/approximation.h"
#include "shotspec/card/forcing.h"
#include "shotspec/card/guidance_interval.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

enum class Solver { euler, unipc, dpm, few_step };

template <>
struct EnumWords<Solver> {
    static constexpr auto words =
        std::to_array<std::pair<Solver, std::string_view>>({{Solver::euler, "euler"},
                                                            {Solver::unipc, "unipc"},
                                                            {Solver::dpm, "dpm++2m"},
                                                            {Solver::few_step, "few-step"}});
};

// How noise levels are spaced before the shift; see pipeline/sample/solver/schedule.h.
enum class Schedule { uniform, wan, diffusers_flow, diffusers_dpm, diffusers_euler };

template <>
struct EnumWords<Schedule> {
    static constexpr auto words = std::to_array<std::pair<Schedule, std::string_view>>(
        {{Schedule::uniform, "uniform"},
         {Schedule::wan, "wan"},
         {Schedule::diffusers_flow, "diffusers-flow"},
         {Schedule::diffusers_dpm, "diffusers-dpm"},
         {Schedule::diffusers_euler, "diffusers-euler"}});
};

inline constexpr double noise_scale_max = 2;

struct SamplingSettings {
    Solver solver = Solver::unipc;
    Schedule schedule = Schedule::diffusers_flow;
    std::int32_t steps = 50;
    double guidance = 5.0;
    double shift = 5.0;
    double guidance_low = 0;    // of the expert for low noise; 0: as the other's
    double step_cache = 0;      // docs/approximations.md
    double guidance_until = 1;  // the same
    std::optional<GuidanceInterval> guidance_interval = {};  // absent: all steps
    // Of a model whose latent frames have noise levels of their own; absent for all others.
    std::optional<ForcingSettings> forcing = {};
    // Noise levels one by one, in place of schedule and shift; `steps` is their number.
    std::optional<std::vector<double>> sigmas = {};
    // Timesteps one by one, in place of the schedule: their levels are those of the shifted grid of
    // training. `steps` is their number.
    std::optional<std::vector<double>> timesteps = {};
    // First step of the low-noise expert; absent: where the model's boundary lies.
    std::optional<std::int32_t> switch_at_step = {};
    std::optional<double> noise_scale = {};  // of the noise that sampling begins with; absent: 1
    // Guidance leads away from a prediction without references as well; absent: it does not.
    std::optional<bool> guide_references = {};

    friend bool operator==(const SamplingSettings&, const SamplingSettings&) = default;
};

// Later fields, which are optional: their absence changes no digest.
template <class Visitor>
void describe_levels(SamplingSettings& value, Visitor& field) {
    field(
        "sigmas",
        value.sigmas,
        {.meaning = "Noise levels of the steps, falling, without the final 0; replaces `schedule` "
                    "and `shift`. The model receives 1000 times the level."});
    field(
        "timesteps",
        value.timesteps,
        {.meaning = "Timesteps of the steps as the model receives them, falling; replaces "
                    "`schedule`. Each has the noise level of the nearest of the 1000 timesteps of "
                    "training, shifted by `shift`."});
    field("switch_at_step",
          value.switch_at_step,
          {.meaning = "Number of steps of the high-noise expert, for models with two experts. "
                      "Default: by the noise level at which the model changes experts.",
           .minimum = 1,
           .maximum = 999});
    field("noise_scale",
          value.noise_scale,
          {.meaning = "Factor for the noise that sampling starts from. Default: 1.",
           .minimum = 0.01,
           .maximum = noise_scale_max});
    field("guide_references",
          value.guide_references,
          {.meaning = "Guidance strengthens the reference pictures as well as the prompt. Default: "
                      "false."});
}

template <class Visitor>
void describe(SamplingSettings& value, Visitor& field) {
    field("solver", value.solver, {.meaning = "Solver of the denoising steps."});
    field(
        "schedule", value.schedule, {.meaning = "Spacing of the noise levels, before the shift."});
    field("steps",
          value.steps,
          {.meaning = "Denoising steps per segment.", .minimum = 1, .maximum = 1000});
    field("guidance",
          value.guidance,
          {.meaning = "Classifier-free guidance scale; 1 disables guidance.",
           .minimum = 1,
           .maximum = 30});
    field("shift",
          value.shift,
          {.meaning = "Shift of the noise schedule.", .minimum = 0.1, .maximum = 100});
    field("guidance_low",
          value.guidance_low,
          {.meaning = "Guidance scale of the low-noise expert, for models with two experts; 0 uses "
                      "`guidance`.",
           .minimum = 0,
           .maximum = 30});
    field("step_cache",
          value.step_cache,
          {.meaning = "Estimated relative change below which a step skips the transformer blocks; "
                      "0 disables the cache.",
           .minimum = 0,
           .maximum = step_cache_max});
    field("guidance_until",
          value.guidance_until,
          {.meaning = "Fraction of the steps after which the guidance difference is reused; 1 "
                      "disables this.",
           .minimum = 0,
           .maximum = 1});
    field("guidance_interval",
          value.guidance_interval,
          {.meaning = "Steps in which guidance is applied. Default: all."});
    field("forcing",
          value.forcing,
          {.meaning = "Diffusion-forcing settings, for models trained with it."});
    describe_levels(value, field);
}

}  // namespace nightreel
