#pragma once
// This project's own CUDA operators (pipeline/model/cuda), which live in a library of their own:
// libnightreel_cuda.so beside the program or in ../lib of it. It is built where nvcc is found and
// nothing needs it; without it ATen's operations compute the same, in more passes over memory and
// with other roundings. The operators have the meaning of pipeline/model/tensor/token_passes.h. Any
// thread, after load_token_operators.

#include <optional>
#include <string>
#include <tuple>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/time_modulation.h"

namespace nightreel {

// After LibTorch's CUDA part was loaded, once, from main. Says why they are not there, or nothing.
std::optional<std::string> load_token_operators();

bool has_token_operators();

// Rows of whole packets on a GPU, in a type that the kernels know, with the operators loaded.
bool can_take_rows(const at::Tensor& x);

namespace operators {

// n tokens, d width; the others as in token_passes.h. Tensors must pass can_take_rows.

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

// Each row divided by its scale, which makes its largest magnitude that of e4m3: [n, d] and [n, 1].
std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd);

}  // namespace operators
}  // namespace nightreel
