#pragma once
// Classifier-free guidance. With and without the prompt travel as one batch: the first half is
// with. Any thread.

#include <ATen/core/Tensor.h>

namespace nightreel {

// A scale of 1 needs no second prediction at all.
inline bool needs_guidance(double scale) {
    return scale > 1;
}

// without + scale (with - without), for a batch of predictions [2 b, ...]; the result is [b, ...].
at::Tensor guided(const at::Tensor& batch, double scale);

}  // namespace nightreel
