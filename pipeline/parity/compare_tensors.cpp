#include "pipeline/parity/compare_tensors.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nightreel {

std::optional<TensorError> error_between(const at::Tensor& actual, const at::Tensor& expected) {
    if (actual.sizes() != expected.sizes()) return {};
    if (actual.numel() == 0) return TensorError{};
    const at::Tensor difference =
        (actual.to(at::kCPU, at::kDouble) - expected.to(at::kDouble)).abs();
    TensorError error;
    error.largest = difference.max().item<double>();
    error.root_mean_square = std::sqrt(difference.square().mean().item<double>());
    if (std::isnan(error.largest)) error.largest = std::numeric_limits<double>::infinity();
    if (std::isnan(error.root_mean_square)) error.root_mean_square = error.largest;
    return error;
}

std::string shape_text(const at::Tensor& tensor) {
    return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

}  // namespace nightreel
