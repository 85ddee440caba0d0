#pragma once
// Element-wise operations on tokens between two matrix products: norm with modulation, gate,
// rotation, GELU. Each is one pass over memory, computed in float32; ATen would take three to six
// passes and as many copies of the clip. Used on CPUs if width and head size are multiples of 16,
// and on GPUs if they are multiples of 8 and the operators of operators.h are loaded.
// Otherwise the functions in `plain` run, which use ATen; tests compare both. The result of a token
// does not depend on other tokens or on the number of threads. Any thread.

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/time_modulation.h"

namespace nightreel {

// b batch, n tokens, d width, h heads, e head size, p vectors per token, u distinct timesteps (each
// token uses one of them)

// LayerNorm(x) without parameters, times `scale`, plus `shift` (both float32, [u, d]). The result
// has the type `type`.
at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type);

// x += y * gate, in place. x and y must be contiguous.
void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud);

// RMSNorm and rotary embedding, in place, for each of the p vectors of a token (query, key):
// divides by the root mean square over the whole width, multiplies by `weight` (float32, [p, d]),
// then multiplies each pair of values of each head by its complex rotation (`rotations` [n, e / 2];
// an undefined tensor means no rotation). x may be a view with gaps between tokens.
void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon);

// GELU (tanh approximation), in place; contiguous bf16 takes one pass. x is [n, d].
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
