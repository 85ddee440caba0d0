#include "pipeline/model/tensor/products.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// So many tokens and outputs are float32 at once: weights are converted anew for each block of
// tokens, which costs a hundredth of its product, and memory stays near that of the narrow type.
constexpr std::int64_t tokens_at_once = 2048;
constexpr std::int64_t outputs_at_once = 512;

at::Tensor exact(const at::Tensor& x) {
    return x.defined() ? x.to(at::kFloat) : x;
}

bool has_products_for(const at::Tensor& x) {
    return has_products(x.device(), x.scalar_type());
}

// y = strength * x w^T, plus what `begin` writes into the float32 sums of a block first, if any.
// begin(sums, first token, first output)
template <class Begin>
void product_in_float32(const at::Tensor& x_nd,
                        const at::Tensor& weight_od,
                        double strength,
                        const Begin& begin,
                        const at::Tensor& y_no) {
    const std::int64_t tokens = x_nd.size(0);
    const std::int64_t outputs = weight_od.size(0);
    const auto options = x_nd.options().dtype(at::kFloat);
    const at::Tensor weights =
        at::empty({std::min(outputs_at_once, outputs), weight_od.size(1)}, options);
    at::Tensor all_sums = at::empty({std::min(tokens_at_once, tokens) * weights.size(0)}, options);
    for (std::int64_t token = 0; token < tokens; token += tokens_at_once) {
        const std::int64_t rows = std::min(tokens_at_once, tokens - token);
        const at::Tensor x = exact(x_nd.narrow(0, token, rows));
        for (std::int64_t output = 0; output < outputs; output += outputs_at_once) {
            const std::int64_t columns = std::min(outputs_at_once, outputs - output);
            at::Tensor weight = weights.narrow(0, 0, columns);
            weight.copy_(weight_od.narrow(0, output, columns));
            at::Tensor sums = all_sums.narrow(0, 0, rows * columns).view({rows, columns});
            const double kept = begin(sums, token, output) ? 1.0 : 0.0;
            at::addmm_out(sums, sums, x, weight.t(), kept, strength);
            y_no.narrow(0, token, rows).narrow(1, output, columns).copy_(sums);
        }
    }
}

}  // namespace

bool has_products(const c10::Device& device, c10::ScalarType type) {
    if (!device.is_cpu()) return true;
    if (type == at::kBFloat16) return processor_features().has_bfloat16_products();
    if (type == at::kHalf) return processor_features().avx512_fp16;
    return true;
}

at::Tensor linear_product(const at::Tensor& x,
                          const at::Tensor& weight_od,
                          const at::Tensor& bias_o) {
    if (has_products_for(x)) return at::linear(x, weight_od, bias_o);
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = weight_od.size(0);
    const at::Tensor y = at::empty(shape, x.options());
    linear_product_into(x.flatten(0, -2), weight_od, bias_o, y.view({-1, shape.back()}));
    return y;
}

void linear_product_into(const at::Tensor& x_nd,
                         const at::Tensor& weight_od,
                         const at::Tensor& bias_o,
                         const at::Tensor& y_no) {
    at::Tensor y = y_no;
    if (!has_products_for(x_nd)) {
        const at::Tensor bias = exact(bias_o);
        const auto begin = [&](at::Tensor& sums, std::int64_t, std::int64_t output) {
            if (bias.defined()) sums.copy_(bias.narrow(0, output, sums.size(1)).expand_as(sums));
            return bias.defined();
        };
        product_in_float32(x_nd, weight_od, 1, begin, y);
    } else if (bias_o.defined()) {
        at::addmm_out(y, bias_o, x_nd, weight_od.t());
    } else {
        at::mm_out(y, x_nd, weight_od.t());
    }
}

void add_product(const at::Tensor& x_nd,
                 const at::Tensor& weight_od,
                 double strength,
                 const at::Tensor& y_no) {
    if (has_products_for(x_nd)) {
        y_no.addmm_(x_nd, weight_od.t(), 1, strength);
        return;
    }
    const auto begin = [&](at::Tensor& sums, std::int64_t token, std::int64_t output) {
        sums.copy_(y_no.narrow(0, token, sums.size(0)).narrow(1, output, sums.size(1)));
        return true;
    };
    product_in_float32(x_nd, weight_od, strength, begin, y_no);
}

at::Tensor convolved_pictures(const at::Tensor& x_bchw,
                              const at::Tensor& weight,
                              const at::Tensor& bias,
                              at::IntArrayRef stride,
                              at::IntArrayRef padding) {
    if (!has_products_for(x_bchw)) {
        return at::conv2d(exact(x_bchw), exact(weight), exact(bias), stride, padding)
            .to(x_bchw.scalar_type());
    }
    return at::conv2d(x_bchw, weight, bias, stride, padding);
}

at::Tensor convolved(const at::Tensor& x_bcthw,
                     const at::Tensor& weight,
                     const at::Tensor& bias,
                     at::IntArrayRef stride,
                     at::IntArrayRef padding) {
    constexpr std::array<std::int64_t, 3> dilation{1, 1, 1};
    if (!has_products_for(x_bcthw)) {
        return convolved(exact(x_bcthw), exact(weight), exact(bias), stride, padding)
            .to(x_bcthw.scalar_type());
    }
    // On a CPU oneDNN is asked by name: left to choose, ATen takes a loop that is twelve times
    // slower for one clip on one thread.
    if (x_bcthw.is_cpu() && at::hasMKLDNN()) {
        return at::mkldnn_convolution(x_bcthw, weight, bias, padding, stride, dilation, 1);
    }
    return at::conv3d(x_bcthw, weight, bias, stride, padding);
}

at::Tensor exact_gelu(const at::Tensor& x) {
    return has_products_for(x) ? at::gelu(x) : at::gelu(exact(x)).to(x.scalar_type());
}

at::Tensor scaled_attention(const at::Tensor& query_bhne,
                            const at::Tensor& key_bhme,
                            const at::Tensor& value_bhme,
                            const at::Tensor& bias) {
    if (!has_products_for(query_bhne)) {
        return scaled_attention(exact(query_bhne), exact(key_bhme), exact(value_bhme), bias)
            .to(query_bhne.scalar_type());
    }
    std::optional<at::Tensor> mask;
    if (bias.defined()) mask = bias;
    return at::scaled_dot_product_attention(query_bhne, key_bhme, value_bhme, mask);
}

}  // namespace nightreel
