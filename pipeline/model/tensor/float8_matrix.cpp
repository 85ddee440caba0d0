#include "pipeline/model/tensor/float8_matrix.h"

#include <optional>

#include <ATen/ATen.h>

#include "pipeline/model/cuda/token_rows.h"
#include "pipeline/model/tensor/tokens/operators.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

std::tuple<at::Tensor, at::Tensor> rounded(const at::Tensor& x_nd) {
    return can_take_rows(x_nd) ? operators::round_to_e4m3(x_nd) : plain::round_to_e4m3(x_nd);
}

}  // namespace

Float8Matrix::Float8Matrix(const at::Tensor& weight_od) {
    NIGHTREEL_CHECK(can_hold(weight_od), "a matrix in eight bits has sides of whole vectors");
    const auto [values_od, scales_o1] = rounded(weight_od);
    values_od_ = values_od;
    scales_1o_ = scales_o1.t();
    const at::Tensor exact = weight_od.to(at::kFloat);
    const at::Tensor lost = exact - values_od.to(at::kFloat) * scales_o1;
    error_.squares = exact.square().sum(at::kDouble).item<double>();
    error_.lost_squares = lost.square().sum(at::kDouble).item<double>();
}

void Float8Matrix::into(const at::Tensor& x_nd,
                        const at::Tensor& bias_o,
                        const at::Tensor& y_no) const {
    const auto [x_values, x_scales] = rounded(x_nd);
    std::optional<at::Tensor> bias;
    if (bias_o.defined()) bias = bias_o;
    at::Tensor y = y_no;
    if (x_nd.is_cuda()) {
        // Sums are kept in what the tensor cores have for it: what that loses is far below what
        // three bits of mantissa lose.
        constexpr bool is_fast_sum = true;
        at::_scaled_mm_out(y,
                           x_values,
                           values_od_.t(),
                           x_scales,
                           scales_1o_,
                           bias,
                           {},
                           at::kBFloat16,
                           is_fast_sum);
        return;
    }
    const at::Tensor x = x_values.to(at::kFloat) * x_scales;
    const at::Tensor weight = values_od_.to(at::kFloat) * scales_1o_.t();
    if (bias) bias = bias->to(at::kFloat);
    y.copy_(at::linear(x, weight, bias));
}

namespace plain {

std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd) {
    const at::Tensor x = x_nd.to(at::kFloat);
    const at::Tensor largest = x.abs().amax(1, true);
    const at::Tensor inverse =
        at::where(largest > 0, e4m3_largest / largest, at::zeros_like(largest));
    return {(x * inverse).to(at::kFloat8_e4m3fn), largest / e4m3_largest};
}

}  // namespace plain
}  // namespace nightreel
