#pragma once
// What happens to tokens between two products of matrices: norms with their modulation, gates,
// rotations. Each is one pass over memory with float32 arithmetic inside, where ATen's operations
// would take three to six and as many copies of the clip. On CPUs, for widths and heads that are
// multiples of 16; on GPUs, for multiples of 8, where the operators of token_operators.h are there;
// elsewhere the plain twin runs, which is ATen's and is what tests compare with.
// A token's result does not depend on other tokens or on the number of threads. Any thread.

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/time_modulation.h"

namespace nightreel {

// b batch, n tokens, d width, h heads, e head size, u rows of which each token takes one

// LayerNorm without parameters times `scale` plus `shift` (float32, [u, d]), as `type`.
at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type);

// x += y * gate, in place. x and y are dense.
void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud);

// Each of p vectors of a token (queries, keys), in place: divided by its root mean square over the
// whole width, times its weight (float32, [p, d]), then each pair of each head times its complex
// rotation [n, e / 2]; undefined for none. x may be a view with gaps between tokens.
void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon);

// GELU in its tanh form, in place; what is dense and in bf16 in one pass. x is [n, d].
void activate(at::Tensor& x_nd);

namespace plain {

at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type);
void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud);
void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon);

}  // namespace plain
}  // namespace nightreel
