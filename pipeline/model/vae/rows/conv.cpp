#include "pipeline/model/vae/rows/conv.h"

#include <algorithm>
#include <memory>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include "pipeline/model/tensor/small/product.h"
#include "pipeline/model/vae/rows/window.h"
#include "shotspec/base/processor.h"

namespace nightreel {

namespace {

// With them the sums of a part, its values and the weights of a tap fit the second-level cache.
constexpr std::int64_t places_at_once = 112;

constexpr std::int64_t cache_line = 64;

template <class T>
constexpr bool is_paired = std::is_same_v<T, c10::BFloat16>;

// oneDNN may set up the matrix unit of a thread; it has to be given back.
struct ProductsGuard {
    ProductsGuard() = default;
    ProductsGuard(const ProductsGuard&) = delete;
    ProductsGuard& operator=(const ProductsGuard&) = delete;

    ~ProductsGuard() { at::native::cpublas::brgemm_release(); }
};

// [places of the kernel, in, out]; bf16 is multiplied in pairs of inputs, which lie side by side.
template <class T>
at::Tensor packed_for_onednn(const at::Tensor& taps) {
    const std::int64_t in = taps.size(2);
    const at::Tensor matrices =
        at::constant_pad_nd(taps.to(c10::CppTypeToScalarType<T>::value), {0, stride_of(in) - in});
    return is_paired<T> ? matrices.unflatten(2, {-1, 2}).permute({0, 2, 1, 3}).contiguous()
                        : matrices.transpose(1, 2).contiguous();
}

// [places of the kernel, values of a packed matrix]
at::Tensor packed_in_panels(const at::Tensor& taps) {
    const at::Tensor matrices = taps.to(at::kFloat).contiguous();
    const std::int64_t out = matrices.size(1);
    const std::int64_t in = matrices.size(2);
    at::Tensor packed = at::empty({matrices.size(0), panels_size(in, out)}, at::kFloat);
    for (std::int64_t tap = 0; tap < matrices.size(0); ++tap) {
        pack_panels({.values = matrices.const_data_ptr<float>() + tap * in * out,
                     .inputs = in,
                     .outputs = out,
                     .input_stride = 1,
                     .output_stride = in},
                    packed.mutable_data_ptr<float>() + tap * packed.stride(0));
    }
    return packed;
}

}  // namespace

RowProducts row_products(at::ScalarType type) {
    const ProcessorFeatures& features = processor_features();
    const bool has_onednn = at::hasMKLDNN() && at::globalContext().userEnabledMkldnn();
    if (type == at::kFloat) {
        if (features.avx512 && has_onednn) return RowProducts::onednn;
        return has_small_products() ? RowProducts::small : RowProducts::none;
    }
    const bool has_bf16 = type == at::kBFloat16 && features.avx512_bf16 && has_onednn;
    return has_bf16 ? RowProducts::onednn : RowProducts::none;
}

template <class T>
PackedConv<T>::PackedConv(const at::Tensor& taps, const at::Tensor& bias, RowProducts products)
    : products_(products), in_(taps.size(2)), out_(taps.size(1)) {
    const at::Tensor float_bias = bias.to(at::kFloat).contiguous();
    const auto* begin = float_bias.const_data_ptr<float>();
    bias_.assign(begin, begin + out_);
    taps_ = products_ == RowProducts::small ? packed_in_panels(taps) : packed_for_onednn<T>(taps);
    values_ = taps_.const_data_ptr<T>();
}

template <class T>
PackedConv<T> PackedConv<T>::of_kernel(const at::Tensor& weight,
                                       const at::Tensor& bias,
                                       RowProducts products) {
    return {weight.flatten(2).permute({2, 0, 1}), bias, products};
}

template <class T>
void PackedConv<T>::add_to_bias(const at::Tensor& bias) {
    const at::Tensor float_bias = bias.to(at::kFloat).contiguous();
    const auto* added = float_bias.const_data_ptr<float>();
    for (std::size_t i = 0; i < bias_.size(); ++i) bias_[i] += added[i];
}

template <class T>
void PackedConv<T>::begin(std::int64_t places, float* sums) const {
    for (std::int64_t place = 0; place < places; ++place) {
        std::copy(bias_.begin(), bias_.end(), sums + place * out_);
    }
}

template <class T>
void PackedConv<T>::add_tap(std::int64_t tap,
                            const T* values,
                            std::int64_t stride,
                            std::int64_t places,
                            float* sums) const {
    const T* weights = values_ + tap * taps_.stride(0);
    if constexpr (std::is_same_v<T, float>) {
        if (products_ == RowProducts::small) {
            multiply({.rows = places,
                      .inputs = in_,
                      .outputs = out_,
                      .values = values,
                      .value_stride = stride,
                      .panels = weights,
                      .sums = sums,
                      .sum_stride = out_},
                     ProductStart::sums);
            return;
        }
    }
    at::native::cpublas::brgemm(places,
                                out_,
                                stride_of(in_),
                                stride,
                                out_,
                                out_,
                                true,
                                values,
                                weights,
                                sums,
                                is_paired<T>);
}

void for_each_part(const RowsShape& shape, std::int64_t channels, const PartWork& work) {
    const std::int64_t parts = (shape.width + places_at_once - 1) / places_at_once;
    const std::int64_t count = shape.frames * shape.rows * parts;
    // An even number, for whoever goes in pairs.
    const std::int64_t places_max = ((shape.width + parts - 1) / parts + 1) / 2 * 2;
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        const ProductsGuard guard;
        std::vector<float> scratch(
            static_cast<std::size_t>(places_max * channels + cache_line / 4));
        void* aligned = scratch.data();
        std::size_t space = scratch.size() * sizeof(float);
        auto* sums = static_cast<float*>(std::align(cache_line, 1, aligned, space));
        for (std::int64_t i = begin; i < end; ++i) {
            RowPart part;
            part.frame = i / parts / shape.rows;
            part.row = i / parts % shape.rows;
            part.column = shape.width * (i % parts) / parts;
            part.places = shape.width * (i % parts + 1) / parts - part.column;
            work(part, sums);
        }
    });
}

template class PackedConv<float>;
template class PackedConv<c10::BFloat16>;

}  // namespace nightreel
