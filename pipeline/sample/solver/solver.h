#pragma once
// One step of a probability-flow solver on a sigma grid, for a network that predicts velocity
// v = noise - x0. What a multistep solver remembers is an explicit value beside the latents: it can
// be copied, saved, and kept per latent frame, for every operation is elementwise. Any thread.

#include <functional>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/solver/schedule.h"

namespace nightreel {

// x + (sigma' - sigma) v
at::Tensor euler_step(const SigmaGrid& grid, int step, const at::Tensor& x, const at::Tensor& v);

// What UniPC remembers between steps. Undefined tensors mean "not there yet".
struct UnipcState {
    at::Tensor x0_last;      // prediction of x0 at the step before
    at::Tensor x0_before;    // and at the one before that
    at::Tensor sample_last;  // the corrected latents from which the step before started
    int order_last = 0;      // order of the step before; 0: there was none
};

struct UnipcStep {
    at::Tensor x;  // latents at the next level
    UnipcState state;
};

// UniPC of order 2 (bh2, predicting x0): corrects the latents that the step before arrived at, then
// predicts the next ones. The first step and the last one are of order 1.
UnipcStep unipc_step(const SigmaGrid& grid,
                     int step,
                     const UnipcState& state,
                     const at::Tensor& x,
                     const at::Tensor& v);

// DPM-Solver++ 2M (midpoint; Lu et al. 2022, as in diffusers' DPMSolverMultistepScheduler): the
// next latents from this prediction of x0 and the one before. The first step and the last one,
// which arrives at level 0, are of order 1. `x0_last` is undefined before the first step.
struct DpmStep {
    at::Tensor x;   // latents at the next level
    at::Tensor x0;  // to hand to the next step
};

DpmStep dpm_step(const SigmaGrid& grid,
                 int step,
                 const at::Tensor& x0_last,
                 const at::Tensor& x,
                 const at::Tensor& v);

// Few-step sampling of distilled models: the prediction of x0, noised anew to the next level. After
// the last step it is x0 itself, and `noise` is not read.
at::Tensor few_step(const SigmaGrid& grid,
                    int step,
                    const at::Tensor& x,
                    const at::Tensor& v,
                    const at::Tensor& noise);

// Normal values of the latents' shape for a step that noises anew.
using FreshNoise = std::function<at::Tensor(int step)>;

// One of them behind one face: what a sampler holds.
struct SolverState {
    Solver solver = Solver::euler;
    UnipcState unipc = {};
    at::Tensor x0_last = {};      // of DPM-Solver++
    FreshNoise fresh_noise = {};  // must be there for few steps; no other solver asks for it
};

// The latents after `step`; the state moves on.
at::Tensor solver_step(
    SolverState& state, const SigmaGrid& grid, int step, const at::Tensor& x, const at::Tensor& v);

}  // namespace nightreel
