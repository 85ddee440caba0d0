#pragma once
// A matrix in floats of eight bits (e4m3: four bits of exponent, three of mantissa; Micikevicius et
// al. 2022), a scale for each output, inputs with a scale for each token. On GPUs from sm_89 on its
// products have about twice the speed of bf16. As pipeline/model/tensor/eight_bit_matrix.h says.

#include <tuple>

#include "pipeline/model/tensor/eight_bit_matrix.h"

namespace nightreel {

// n tokens, d inputs, o outputs

class Float8Matrix : public EightBitMatrix {
  public:
    // Float32 or bf16. On a GPU x and y are bf16; on a CPU, where nothing is gained, the same
    // numbers are multiplied in float32: the twin that tests compare with.
    explicit Float8Matrix(const at::Tensor& weight_od);

    void into(const at::Tensor& x_nd,
              const at::Tensor& bias_o,
              const at::Tensor& y_no) const override;

    std::int64_t outputs() const override { return scales_1o_.size(1); }

  private:
    at::Tensor values_od_;  // e4m3
    at::Tensor scales_1o_;  // float32
};

namespace plain {

// ATen's: each row divided by its scale, which makes its largest magnitude that of e4m3.
std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd);

}  // namespace plain
}  // namespace nightreel
