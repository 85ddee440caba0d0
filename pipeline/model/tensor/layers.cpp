#include "pipeline/model/tensor/layers.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/products.h"

namespace nightreel {

at::Tensor Linear::operator()(const at::Tensor& x) const {
    at::Tensor y;
    if (eight_bits) {
        std::vector<std::int64_t> shape = x.sizes().vec();
        shape.back() = eight_bits->outputs();
        y = at::empty(shape, x.options());
        eight_bits->into(x.flatten(0, -2), bias, y.flatten(0, -2));
    } else if (packed) {
        y = packed->product(x, bias);
    } else {
        y = linear_product(x, weight, bias);
    }
    add_loras(y, x);
    return y;
}

void Linear::into(const at::Tensor& x_nd, const at::Tensor& y_nd) const {
    if (eight_bits) {
        eight_bits->into(x_nd, bias, y_nd);
    } else if (packed) {
        y_nd.copy_(packed->product(x_nd, bias));
    } else {
        linear_product_into(x_nd, weight, bias, y_nd);
    }
    add_loras(y_nd, x_nd);
}

bool Linear::has_loras() const {
    return std::ranges::any_of(loras, [](const auto& slot) { return !slot->is_empty(); });
}

void Linear::to_eight_bits(EightBits kind) {
    eight_bits = eight_bit_matrix(kind, weight);
    weight.reset();
}

bool Linear::pack() {
    if (!weight.defined() || !PackedMatrix::can_hold(weight)) return false;
    packed = std::make_shared<const PackedMatrix>(weight);
    weight.reset();
    return true;
}

void Linear::add_loras(const at::Tensor& y, const at::Tensor& x) const {
    std::int64_t first = 0;
    for (const auto& slot : loras) {
        slot->add_to(y.narrow(-1, first, slot->out), x);
        first += slot->out;
    }
}

at::Tensor Parameter::operator()() const {
    at::Tensor sum = value;
    for (std::size_t row = 0; row < loras.size(); ++row) {
        if (!loras[row]->difference.defined()) continue;
        if (sum.is_same(value)) sum = value.clone();
        const at::Tensor place =
            loras.size() == 1 ? sum : sum.select(0, static_cast<std::int64_t>(row));
        place.add_(loras[row]->difference);
    }
    return sum;
}

at::Tensor LayerReader::tensor(const std::string& name, at::IntArrayRef shape) const {
    return weights.take(name, shape).to(device, type);
}

at::Tensor LayerReader::float_tensor(const std::string& name, at::IntArrayRef shape) const {
    return weights.take(name, shape).to(device, at::kFloat);
}

Parameter LayerReader::parameter(const std::string& name, at::IntArrayRef shape) const {
    Parameter parameter{float_tensor(name, shape)};
    if (slots != nullptr) parameter.loras.push_back(slots->parameter(name, shape));
    return parameter;
}

Parameter LayerReader::stacked(std::initializer_list<std::string> names,
                               at::IntArrayRef shape) const {
    std::vector<at::Tensor> values;
    Parameter all;
    for (const std::string& name : names) {
        Parameter one = parameter(name, shape);
        values.push_back(one.value);
        all.loras.insert(all.loras.end(), one.loras.begin(), one.loras.end());
    }
    all.value = at::stack(values);
    return all;
}

void LayerReader::add_slot(Linear& layer,
                           const std::string& name,
                           std::int64_t out,
                           std::int64_t in) const {
    if (slots != nullptr) layer.loras.push_back(slots->linear(name, out, in, type));
}

Linear LayerReader::linear(const std::string& name,
                           std::int64_t out,
                           std::int64_t in,
                           Bias bias) const {
    Linear layer;
    layer.weight = tensor(name + ".weight", {out, in});
    if (bias == Bias::yes) layer.bias = tensor(name + ".bias", {out});
    add_slot(layer, name, out, in);
    return layer;
}

Linear LayerReader::joined(const std::string& prefix,
                           std::initializer_list<const char*> names,
                           std::int64_t out,
                           std::int64_t in,
                           Bias bias) const {
    std::vector<at::Tensor> matrices;
    std::vector<at::Tensor> biases;
    Linear all;
    for (const char* name : names) {
        Linear layer = linear(prefix + name, out, in, bias);
        matrices.push_back(layer.weight);
        if (bias == Bias::yes) biases.push_back(layer.bias);
        all.loras.insert(all.loras.end(), layer.loras.begin(), layer.loras.end());
    }
    all.weight = at::cat(matrices);
    if (bias == Bias::yes) all.bias = at::cat(biases);
    return all;
}

at::Tensor root_mean_square_norm(const at::Tensor& x, double epsilon) {
    const at::Tensor exact = x.to(at::kFloat);
    return exact * exact.square().mean(-1, true).add_(epsilon).rsqrt_();
}

bool is_finite(const at::Tensor& tensor) {
    return std::isfinite(tensor.sum(at::kDouble).item<double>());
}

}  // namespace nightreel
