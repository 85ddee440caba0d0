#pragma once
// A layer's bf16 weights in the order in which the processor's products read them. oneDNN would
// bring them into it for every product: beside products of a thousand tokens that takes a twentieth
// of the time, beside short ones a fifth. Read-only after it was made; any thread.

#include <ATen/core/Tensor.h>

namespace nightreel {

// n tokens, d inputs, o outputs

class PackedMatrix {
  public:
    // Whether this processor's products have such an order for a weight of this type and device,
    // and give the very bytes that they give without it.
    static bool can_hold(const at::Tensor& weight_od);

    // A copy of bf16 [o, d] on the CPU that can_hold() allows; the weight is not needed afterwards.
    explicit PackedMatrix(const at::Tensor& weight_od);

    // x [..., d] in bf16 times w^T plus the bias [o], which may be undefined: bf16 [..., o], as
    // at::linear has it.
    at::Tensor product(const at::Tensor& x, const at::Tensor& bias_o) const;

  private:
    at::Tensor packed_;  // opaque
};

}  // namespace nightreel
