#pragma once
// How far a computed tensor is from an expected one. Pure.

#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

namespace nightreel {

struct TensorError {
    double largest = 0.0;  // infinite when either side holds a NaN
    double root_mean_square = 0.0;
};

// Nothing when the shapes differ.
std::optional<TensorError> error_between(const at::Tensor& actual, const at::Tensor& expected);

std::string shape_text(const at::Tensor& tensor);  // "[2, 45, 24]"

}  // namespace nightreel
