#pragma once
// A layer's weights in eight bits with a scale for each output, and the product with inputs that
// are brought to eight bits token by token: half the memory of bf16. Here is what is the same for
// all kinds, and int8 (symmetric, to nearest), which on CPUs with VNNI or AMX has about twice the
// speed of bf16; floats of eight bits are in float8_matrix.h. The scheme is LLM.int8()'s
// vector-wise quantisation (Dettmers et al. 2022) without its part for outliers; error() says what
// that costs the weights. Read-only after it was made; any thread. A token's result does not depend
// on the others or on the number of threads.

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/precision.h"

namespace nightreel {

// n tokens, d inputs, o outputs

class EightBitMatrix {
  public:
    EightBitMatrix() = default;
    virtual ~EightBitMatrix() = default;
    EightBitMatrix(const EightBitMatrix&) = delete;
    EightBitMatrix& operator=(const EightBitMatrix&) = delete;

    // Whether both sides are whole vectors of 16, as those of all published models are.
    static bool can_hold(const at::Tensor& weight_od);

    // y = x w^T + bias, both dense and of one type. A bias may be undefined.
    virtual void into(const at::Tensor& x_nd,
                      const at::Tensor& bias_o,
                      const at::Tensor& y_no) const = 0;

    virtual std::int64_t outputs() const = 0;

    // Sums of squares of the weights and of what the rounding changed.
    struct Error {
        double squares = 0;
        double lost_squares = 0;
    };

    const Error& error() const { return error_; }

  protected:
    Error error_;
};

// Of a kind that is not none; the weight's device is the product's.
std::shared_ptr<const EightBitMatrix> eight_bit_matrix(EightBits kind, const at::Tensor& weight_od);

class Int8Matrix : public EightBitMatrix {
  public:
    // Float32 or bf16, on the CPU; so are x and y. Only where has_eight_bit_products().
    explicit Int8Matrix(const at::Tensor& weight_od);

    void into(const at::Tensor& x_nd,
              const at::Tensor& bias_o,
              const at::Tensor& y_no) const override;

    std::int64_t outputs() const override { return scales_o_.size(0); }

  private:
    at::Tensor values_do_;  // int8
    at::Tensor scales_o_;   // float32
};

// Whether this processor multiplies int8 faster than bf16. The products of older ones add pairs in
// 16 bits, where they saturate.
bool has_eight_bit_products();

}  // namespace nightreel
