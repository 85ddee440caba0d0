#include "pipeline/model/layers.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

namespace nightreel {

at::Tensor Linear::operator()(const at::Tensor& x) const {
    return at::linear(x, weight, bias);
}

at::Tensor LayerReader::tensor(const std::string& name, at::IntArrayRef shape) const {
    return weights.take(name, shape).to(device, type);
}

at::Tensor LayerReader::float_tensor(const std::string& name, at::IntArrayRef shape) const {
    return weights.take(name, shape).to(device, at::kFloat);
}

Linear LayerReader::linear(const std::string& name,
                           std::int64_t out,
                           std::int64_t in,
                           Bias bias) const {
    Linear layer;
    layer.weight = tensor(name + ".weight", {out, in});
    if (bias == Bias::yes) layer.bias = tensor(name + ".bias", {out});
    return layer;
}

Linear LayerReader::joined(const std::string& prefix,
                           std::initializer_list<const char*> names,
                           std::int64_t out,
                           std::int64_t in,
                           Bias bias) const {
    std::vector<at::Tensor> matrices;
    std::vector<at::Tensor> biases;
    for (const char* name : names) {
        Linear layer = linear(prefix + name, out, in, bias);
        matrices.push_back(layer.weight);
        if (bias == Bias::yes) biases.push_back(layer.bias);
    }
    return {at::cat(matrices), bias == Bias::yes ? at::cat(biases) : at::Tensor()};
}

at::Tensor root_mean_square_norm(const at::Tensor& x, double epsilon) {
    const at::Tensor exact = x.to(at::kFloat);
    return exact * exact.square().mean(-1, true).add_(epsilon).rsqrt_();
}

bool is_finite(const at::Tensor& tensor) {
    return std::isfinite(tensor.sum(at::kDouble).item<double>());
}

}  // namespace nightreel
