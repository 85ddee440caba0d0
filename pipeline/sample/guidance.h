#pragma once
// Classifier-free guidance. With and without the prompt travel as one batch: the first half is
// with. Any thread.

#include <cstddef>

#include <ATen/core/Tensor.h>

#include "shotspec/card/model_card.h"

namespace nightreel {

// A scale of 1 needs no second prediction at all.
inline bool needs_guidance(double scale) {
    return scale > 1;
}

// Of two experts the second may have a scale of its own.
inline double guidance_of(const SamplingSettings& sampling, std::size_t expert) {
    const bool has_own = expert > 0 && sampling.guidance_low > 0;
    return has_own ? sampling.guidance_low : sampling.guidance;
}

// without + scale (with - without), for a batch of predictions [2 b, ...]; the result is [b, ...].
at::Tensor guided(const at::Tensor& batch, double scale);

}  // namespace nightreel
