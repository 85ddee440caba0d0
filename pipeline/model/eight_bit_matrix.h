#pragma once
// A layer's weights in int8 with a scale for each output, and the product with inputs that are
// brought to int8 token by token (symmetric, to nearest): half the memory of bf16, and on CPUs with
// VNNI or AMX about twice its speed. The scheme is LLM.int8()'s vector-wise quantisation (Dettmers
// et al. 2022) without its part for outliers; error() says what that costs the weights. Read-only
// after it was made; any thread. A token's result does not depend on the others or on the number of
// threads.

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace nightreel {

// n tokens, d inputs, o outputs

class EightBitMatrix {
  public:
    // Whether both sides are whole vectors of lanes, as those of all published models are.
    static bool can_hold(const at::Tensor& weight_od);

    // Float32 or bf16, on the CPU.
    explicit EightBitMatrix(const at::Tensor& weight_od);

    // y = x w^T + bias, both dense and of one type, float32 or bf16. A bias may be undefined.
    void into(const at::Tensor& x_nd, const at::Tensor& bias_o, const at::Tensor& y_no) const;

    std::int64_t outputs() const { return scales_o_.size(0); }

    // Sums of squares of the weights and of what the rounding changed.
    struct Error {
        double squares = 0;
        double lost_squares = 0;
    };

    const Error& error() const { return error_; }

  private:
    at::Tensor values_do_;  // int8
    at::Tensor scales_o_;   // float32
    Error error_;
};

// Whether this processor multiplies int8 faster than bf16.
bool has_eight_bit_products();

}  // namespace nightreel
