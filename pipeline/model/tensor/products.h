#pragma once
// Matrix products, convolutions and attention in the types that a policy holds numbers in. A
// processor without units for bf16 or fp16 takes them in float32: of the rounded values, with the
// result rounded, so a policy gives the numbers that it stands for on every machine. (What oneDNN
// and ATen do themselves there is an exception or several times slower than float32.) Elsewhere
// they are ATen's own. Pure; any thread.

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace nightreel {

// n tokens, d inputs, o outputs; b batch, c channels, t frames, h rows, w columns

// Whether products of this type are the device's own. True on GPUs and for float32.
bool has_products(const c10::Device& device, c10::ScalarType type);

// x [..., d] times w^T plus the bias [o], which may be undefined: [..., o] in the type of x.
at::Tensor linear_product(const at::Tensor& x,
                          const at::Tensor& weight_od,
                          const at::Tensor& bias_o);

// The same into y. x and y are matrices of one type that do not overlap.
void linear_product_into(const at::Tensor& x_nd,
                         const at::Tensor& weight_od,
                         const at::Tensor& bias_o,
                         const at::Tensor& y_no);

// y += strength * x w^T
void add_product(const at::Tensor& x_nd,
                 const at::Tensor& weight_od,
                 double strength,
                 const at::Tensor& y_no);

// What at::conv2d and at::conv3d compute.
at::Tensor convolved_pictures(const at::Tensor& x_bchw,
                              const at::Tensor& weight,
                              const at::Tensor& bias,
                              at::IntArrayRef stride,
                              at::IntArrayRef padding);
at::Tensor convolved(const at::Tensor& x_bcthw,
                     const at::Tensor& weight,
                     const at::Tensor& bias,
                     at::IntArrayRef stride,
                     at::IntArrayRef padding);

// The GELU without approximation, which oneDNN has a kernel for.
at::Tensor exact_gelu(const at::Tensor& x);

// ATen's scaled dot-product attention [b, h, n, e]. The bias is float32 and broadcast to the
// logits; undefined for none.
at::Tensor scaled_attention(const at::Tensor& query_bhne,
                            const at::Tensor& key_bhme,
                            const at::Tensor& value_bhme,
                            const at::Tensor& bias = {});

}  // namespace nightreel
