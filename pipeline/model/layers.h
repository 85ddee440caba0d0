#pragma once
// The few layers that every network here is made of, and how they are read from weights. Values; a
// layer is only read after it was loaded, so any thread may use it.

#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

#include "pipeline/model/weights.h"

namespace nightreel {

// Shown every intermediate by name, when set: how a network is compared with another
// implementation. The tensor may be overwritten later, so keep a copy.
using Watch = std::function<void(const std::string& name, const at::Tensor& value)>;

struct Linear {
    at::Tensor weight;
    at::Tensor bias;  // undefined when there is none

    at::Tensor operator()(const at::Tensor& x) const;
};

enum class Bias { yes, no };

// Takes tensors from weights, onto the device and into the type that is computed in.
struct LayerReader {
    Weights& weights;
    at::Device device;
    at::ScalarType type;

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) const;
    at::Tensor float_tensor(const std::string& name, at::IntArrayRef shape) const;
    Linear linear(const std::string& name,
                  std::int64_t out,
                  std::int64_t in,
                  Bias bias = Bias::yes) const;
    // Several layers over the same input as one product: their outputs lie one after the other.
    Linear joined(const std::string& prefix,
                  std::initializer_list<const char*> names,
                  std::int64_t out,
                  std::int64_t in,
                  Bias bias = Bias::yes) const;
};

// x / sqrt(mean(x^2) + epsilon), in float32, over the last dimension; the caller multiplies by its
// weight.
at::Tensor root_mean_square_norm(const at::Tensor& x, double epsilon);

// One reduction: an infinity or a NaN anywhere makes the sum one too.
bool is_finite(const at::Tensor& tensor);

}  // namespace nightreel
