#include "pipeline/model/tensor/packed_matrix.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// ATen has these operators without functions of its own to call them by.
using Reorder = at::Tensor(const at::Tensor& weight, std::optional<std::int64_t> rows);
using Product = at::Tensor(const at::Tensor& x,
                           const at::Tensor& weight,
                           const std::optional<at::Tensor>& bias,
                           std::string_view activation,
                           c10::List<std::optional<at::Scalar>> scalars,
                           std::optional<std::string_view> algorithm);

template <class Function>
c10::TypedOperatorHandle<Function> operator_named(const char* name) {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Function>();
}

// Products of fewer or more rows take the same order.
constexpr std::int64_t usual_rows = 1024;

bool has_products() {
    return processor_features().has_bfloat16_products() && at::hasMKLDNN() &&
           at::globalContext().userEnabledMkldnn();
}

// Asked once, of a product that is large enough to be cut into blocks. Whether a weight was packed
// hangs on what a process has computed before, and a result may not.
bool gives_same_bytes() {
    constexpr std::int64_t inputs = 1536;
    constexpr std::int64_t outputs = 192;
    const auto numbers = [](std::int64_t rows) {
        return at::arange(rows * inputs, at::kFloat)
            .mul_(0.7)
            .sin_()
            .view({rows, inputs})
            .to(at::kBFloat16);
    };
    const at::Tensor weight = numbers(outputs);
    const PackedMatrix packed(weight);
    for (const std::int64_t rows : {std::int64_t{7}, usual_rows}) {
        const at::Tensor x = numbers(rows).mul_(0.01);
        if (!packed.product(x, {}).equal(at::linear(x, weight))) return false;
    }
    return true;
}

}  // namespace

bool PackedMatrix::can_hold(const at::Tensor& weight_od) {
    if (!weight_od.is_cpu() || weight_od.scalar_type() != at::kBFloat16) return false;
    static const bool is_worth_it = has_products() && gives_same_bytes();
    return is_worth_it;
}

PackedMatrix::PackedMatrix(const at::Tensor& weight_od)
    : packed_(
          operator_named<Reorder>("mkldnn::_reorder_linear_weight").call(weight_od, usual_rows)) {}

at::Tensor PackedMatrix::product(const at::Tensor& x, const at::Tensor& bias_o) const {
    static const auto linear = operator_named<Product>("mkldnn::_linear_pointwise");
    return linear.call(x,
                       packed_,
                       bias_o.defined() ? std::optional(bias_o) : std::nullopt,
                       "none",
                       c10::List<std::optional<at::Scalar>>(),
                       "");
}

}  // namespace nightreel
