#pragma once
// What makes sampling faster by leaving something out: what a model's card says of it, and what it
// was measured to cost. Each described once here. Plain values, any thread.
// The step cache: Liu et al., "Timestep Embedding Tells: It's Time to Cache for Video Diffusion
// Model" (TeaCache), arXiv 2411.19108; see pipeline/model/transformer/step_cache.h.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shotspec/describe/fields.h"

namespace nightreel {

inline constexpr std::size_t step_cache_coefficients = 5;  // of a polynomial of the fourth degree
inline constexpr double step_cache_max = 10;

// How the change of a model's blocks is told from that of its time embedding.
struct StepCacheFit {
    std::vector<double> coefficients;  // step_cache_coefficients, or none: it was not fitted
    std::int32_t first_steps = 5;

    friend bool operator==(const StepCacheFit&, const StepCacheFit&) = default;
};

template <class Visitor>
void describe(StepCacheFit& value, Visitor& field) {
    field("coefficients",
          value.coefficients,
          {.meaning =
               "Polynomial from the relative L1 change of the projected time embedding to that of "
               "the transformer blocks' output: 5 coefficients, highest power first."});
    field("first_steps",
          value.first_steps,
          {.meaning = "Number of steps at the start of a segment that are always computed.",
           .minimum = 1});
}

// A setting and what it did to the segments that were sampled without it as well.
struct MeasuredApproximation {
    double step_cache = 0;
    double guidance_until = 1;
    std::int32_t steps = 0;
    double skipped_share = 0;
    double reused_share = 0;
    double latents_error = 0;
    double psnr_db = 0;
    double speed = 1;
};

template <class Visitor>
void describe(MeasuredApproximation& value, Visitor& field) {
    field("step_cache", value.step_cache, {.meaning = "Step cache threshold of the measurement."});
    field(
        "guidance_until", value.guidance_until, {.meaning = "guidance_until of the measurement."});
    field("steps", value.steps, {.meaning = "Steps per segment.", .minimum = 1, .required = true});
    field("skipped_share",
          value.skipped_share,
          {.meaning = "Fraction of the steps that skipped the transformer blocks.",
           .minimum = 0,
           .maximum = 1});
    field("reused_share",
          value.reused_share,
          {.meaning = "Fraction of the steps that reused the guidance difference.",
           .minimum = 0,
           .maximum = 1});
    field("latents_error",
          value.latents_error,
          {.meaning =
               "RMS of the difference in the latents, relative to the RMS of the exact latents.",
           .minimum = 0,
           .required = true});
    field("psnr_db",
          value.psnr_db,
          {.meaning = "PSNR of the decoded frames against exact sampling, in dB.", .minimum = 0});
    field("speed",
          value.speed,
          {.meaning = "Speed relative to exact sampling; 2 means half the time.", .minimum = 0});
}

}  // namespace nightreel
