#pragma once
// Noise levels of a run. The model family has several conventions that look alike and are not: each
// is a small pure function here, and none is called "the" schedule. Plain values, any thread.

#include <cstddef>
#include <span>
#include <vector>

#include "shotspec/card/model_card.h"

namespace nightreel {

struct SigmaGrid {
    std::vector<float> sigmas;      // falling, one more than there are steps; the last is 0
    std::vector<double> timesteps;  // what the network is told before each step, 0..1000

    float sigma(int index) const { return sigmas.at(static_cast<std::size_t>(index)); }

    int steps() const { return static_cast<int>(timesteps.size()); }
};

// Moves levels towards noise: s sigma / (1 + (s - 1) sigma).
double shifted(double sigma, double shift);

// 1 .. 0 in even steps, shifted once; timesteps stay fractional.
SigmaGrid uniform_grid(int steps, double shift);

// The original repositories': 0.999 .. 0 before the shift; timesteps are cut to whole numbers.
SigmaGrid wan_grid(int steps, double shift);

// diffusers' `use_flow_sigmas`: 1 .. 0.001 before the shift, a first level of 1 is lowered by 1e-6
// so that its logarithm exists; timesteps are cut to whole numbers.
SigmaGrid diffusers_flow_grid(int steps, double shift);

// diffusers' DPM-Solver++: the original repositories' levels, taken as 1 - signal. The rounding
// that this costs can cut a timestep to another whole number.
SigmaGrid diffusers_dpm_grid(int steps, double shift);

// diffusers' FlowMatchEulerDiscreteScheduler: shifted when built and again when the steps are set.
SigmaGrid diffusers_euler_grid(int steps, double shift);

// Given levels, as few-step checkpoints list them, shifted once; timesteps stay fractional.
SigmaGrid given_sigmas_grid(std::span<const double> sigmas, double shift);

// Given timesteps, which the network is told as they are, as some distilled models were trained:
// each has the level of the nearest of training's timesteps 1000 .. 1, shifted once. Sources:
// CausVid ca21150, causvid/models/wan/flow_match.py; FastVideo 2f3d407,
// fastvideo/models/utils.py pred_noise_to_pred_video.
SigmaGrid given_timesteps_grid(std::span<const double> timesteps, double shift);

// What is left of a grid when its first steps are left out.
SigmaGrid from_step(const SigmaGrid& grid, int step);

// Which step a run starts with that moves given latents only by a part of the way: strength 1 is
// all of it.
int first_step_of(int steps, double strength);

// The one that a model card names. Throws Error{bad_input} for less than one step.
SigmaGrid make_grid(Schedule schedule, int steps, double shift);

// As settings have it: listed levels are final, so no shift moves them again.
SigmaGrid make_grid(const SamplingSettings& settings);

}  // namespace nightreel
