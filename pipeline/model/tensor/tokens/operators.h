#pragma once
// The project's own CUDA operators (pipeline/model/cuda). They are in a separate optional library,
// libnightreel_cuda.so, next to the program or in ../lib, which is built if nvcc is found. Without
// it ATen computes the same in more passes over memory and with other rounding. The operators are
// specified in passes.h. Any thread, after load_token_operators.

#include <optional>
#include <string>
#include <tuple>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/time_modulation.h"

namespace nightreel {

// Call once, from main, after loading LibTorch's CUDA part. Returns the reason if the operators are
// not available.
std::optional<std::string> load_token_operators();

bool has_token_operators();

// Whether the operators are loaded and support this tensor: on a GPU, in a supported type, with
// rows of whole packets.
bool can_take_rows(const at::Tensor& x);

namespace operators {

// Shape letters as in passes.h. can_take_rows must be true for all tensors.

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

// Scales each row so that its largest magnitude is the largest value of e4m3, and rounds. Returns
// the rounded values [n, d] and the scales [n, 1].
std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd);

}  // namespace operators
}  // namespace nightreel
