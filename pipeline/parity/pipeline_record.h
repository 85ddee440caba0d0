#pragma once
// What the cases of whole pipelines have in common: which sampler a case names, and the tensors
// that the reference recorded on its way, under the names it gave them. One thread.

#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/parity/parity_cases.h"
#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

// The sampler as the case's scheduler folder and its call ask for it. Error{bad_input} for one that
// is not known.
SamplingSettings recorded_settings(const ParityCase& parity_case, const ModelFolder& model);

// Text states [b, rows, width] without the rows after the last that holds a number.
at::Tensor used_rows(const at::Tensor& text_blt);

// Of normalised latents [b, c, f, h, w]: what the autoencoder is given, and of its pictures the
// first, the last, and each one's mean and spread. Pictures [1, 3, t, h, w] in [-1, 1] that the
// clip continues go before them.
void add_pictures(const WanVae& vae,
                  const at::Tensor& latents_bcfhw,
                  NamedTensors& seen,
                  const at::Tensor& before_bcthw = {});

// The reference makes two calls a step with guidance; here they are halves of one batch.
void add_calls(const std::vector<SampledStep>& steps, bool is_guided, NamedTensors& seen);

// Latents and timesteps of every step, and the sampler's table.
void add_schedule(const std::vector<SampledStep>& steps,
                  const SamplingPlan& plan,
                  NamedTensors& seen);

// A clip of diffusion forcing, window after window.
NamedTensors compute_forcing_case(const ParityCase& parity_case, const ModelFolder& folder);

}  // namespace nightreel
