#include "pipeline/model/vae/rows/causal_conv.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/vae/rows/kernels.h"
#include "shotspec/base/processor.h"

namespace nightreel {

namespace {

constexpr std::int64_t products_of_pair = 4;

// [36, out, in]: of each line the four matrices that the differences and sums of a pair's four
// places are multiplied with.
at::Tensor paired_taps(const at::Tensor& kernel_oithw) {
    const at::Tensor taps = kernel_oithw.flatten(2).permute({2, 0, 1}).contiguous();
    const std::vector<at::Tensor> g = taps.unflatten(0, {-1, kernel_side}).unbind(1);
    const at::Tensor outer = g[0] + g[2];
    return at::stack({g[0], (outer + g[1]) / 2, (outer - g[1]) / 2, g[2]}, 1).flatten(0, 1);
}

std::int64_t even(std::int64_t number) {
    return number + number % 2;
}

// Where a part's scratch holds what.
template <class T>
struct PairScratch {
    std::int64_t pairs;
    std::int64_t in;
    std::int64_t out;
    float* products;  // [4, pairs, out]
    T* values;        // [4, pairs, in]

    PairScratch(const RowPart& part, std::int64_t in_stride, std::int64_t channels, float* scratch)
        : pairs(even(part.places) / 2),
          in(in_stride),
          out(channels),
          products(scratch + even(part.places) * channels),
          values(reinterpret_cast<T*>(products + products_of_pair * pairs * channels)) {}
};

}  // namespace

bool is_faster_in_pairs(at::ScalarType type) {
    return type == at::kFloat || !processor_features().amx_bf16;
}

template <class T>
CausalRowConv<T>::CausalRowConv(const LayerReader& reader,
                                const std::string& name,
                                std::int64_t out,
                                std::int64_t in,
                                Pairing pairing)
    : CausalRowConv(
          reader.float_tensor(name + ".weight", {out, in, kernel_frames, kernel_side, kernel_side}),
          reader.tensor(name + ".bias", {out}),
          pairing == Pairing::where_faster &&
              is_faster_in_pairs(c10::CppTypeToScalarType<T>::value)) {}

template <class T>
CausalRowConv<T>::CausalRowConv(const at::Tensor& kernel_oithw,
                                const at::Tensor& bias,
                                bool in_pairs,
                                RowProducts products)
    : taps_(in_pairs ? PackedConv<T>(paired_taps(kernel_oithw), bias, products)
                     : PackedConv<T>::of_kernel(kernel_oithw, bias, products)),
      in_pairs_(in_pairs) {}

template <class T>
std::int64_t CausalRowConv<T>::scratch_channels() const {
    if (!in_pairs_) return out();
    constexpr std::int64_t floats_of_values = sizeof(float) / sizeof(T);
    return 3 * out() + 2 * stride_of(in()) / floats_of_values;
}

// Frames before the first one of a clip are zeros: their part of the kernel is left out.
template <class T>
void CausalRowConv<T>::add(const CausalRows<T>& in, const RowPart& part, float* scratch) const {
    const std::int64_t oldest = part.frame + in.frames_before() - (kernel_frames - 1);
    const PairScratch<T> pairs(part, in.stride(), out(), scratch);
    if (in_pairs_) std::fill_n(pairs.products, products_of_pair * pairs.pairs * pairs.out, 0.0F);
    for (std::int64_t t = std::max<std::int64_t>(0, -oldest); t < kernel_frames; ++t) {
        for (std::int64_t row = 0; row < kernel_side; ++row) {
            const std::int64_t line = t * kernel_side + row;
            const T* values = in.row(oldest + t, part.row + row) + part.column * in.stride();
            if (!in_pairs_) {
                add_taps(line, values, part, scratch);
                continue;
            }
            split_pairs(values, {part.places, pairs.in}, pairs.values);
            for (std::int64_t k = 0; k < products_of_pair; ++k) {
                taps_.add_tap(line * products_of_pair + k,
                              pairs.values + k * pairs.pairs * pairs.in,
                              pairs.in,
                              pairs.pairs,
                              pairs.products + k * pairs.pairs * pairs.out);
            }
        }
    }
    if (in_pairs_) join_pairs(pairs.products, {part.places, pairs.out}, scratch);
}

template <class T>
void CausalRowConv<T>::add_taps(std::int64_t line,
                                const T* values,
                                const RowPart& part,
                                float* sums) const {
    const std::int64_t stride = stride_of(in());
    for (std::int64_t column = 0; column < kernel_side; ++column) {
        taps_.add_tap(
            line * kernel_side + column, values + (column - 1) * stride, stride, part.places, sums);
    }
}

template class CausalRowConv<float>;
template class CausalRowConv<c10::BFloat16>;

}  // namespace nightreel
