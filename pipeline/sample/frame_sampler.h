#pragma once
// Diffusion forcing: one segment's latents, each latent frame at a noise level of its own and with
// a solver's memory of its own. One thread. Source: SkyReels-V2 (Chen et al. 2025),
// pipelines/diffusion_forcing_pipeline.py; diffusers,
// pipeline_skyreels_v2_diffusion_forcing.py.

#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

// As sample_latents, for a plan with a forcing and one expert. Given frames at the front are
// history: finished, and shown with the plan's noise on them. Other given frames are shown as they
// are at timestep 0. Error{bad_input} when the frames are not a whole number of blocks, and for a
// step cache or a guidance that ends early when blocks start one after the other.
at::Tensor sample_frames(const std::vector<Expert>& experts,
                         const SegmentTensors& segment,
                         const SamplingPlan& plan,
                         const StepWatch& watch = {});

}  // namespace nightreel
