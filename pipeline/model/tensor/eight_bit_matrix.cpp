#include "pipeline/model/tensor/eight_bit_matrix.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/float8_matrix.h"
#include "pipeline/model/tensor/tokens/lanes.h"
#include "shotspec/base/check.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// The sums of so many tokens are in memory at once: four times as large as the result.
constexpr std::int64_t tokens_at_once = 1024;

constexpr float largest_value = 127.0F;

using LaneInts [[gnu::vector_size(64)]] = std::int32_t;
using LaneBytes [[gnu::vector_size(16)]] = std::int8_t;

NIGHTREEL_INLINE Lanes magnitude(Lanes lanes) {
    return lanes < 0.0F ? -lanes : lanes;
}

// Of values within int8. Adding 1.5 x 2^23 rounds to a whole number, halves to even.
NIGHTREEL_INLINE Lanes whole(Lanes lanes) {
    constexpr float to_even = 12582912.0F;
    return (lanes + to_even) - to_even;
}

NIGHTREEL_INLINE void store_bytes(Lanes lanes, std::int8_t* to) {
    const LaneBytes bytes = __builtin_convertvector(lanes, LaneBytes);
    std::memcpy(to, &bytes, sizeof(bytes));
}

// Each row divided by its scale: the largest magnitude becomes 127.
template <class X>
struct RoundRows {
    const X* x;
    std::int8_t* out;
    float* scales;
    float* lost;  // squares, of each row; null: not asked
    std::int64_t width;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t row = begin; row < end; ++row) {
            const X* from = x + row * width;
            Lanes most{};
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const Lanes here = magnitude(load_lanes<Lanes>(from + i));
                most = here > most ? here : most;
            }
            const float largest = largest_of(most);
            const float scale = largest / largest_value;
            const Lanes inverse = lanes_of<Lanes>(largest > 0 ? largest_value / largest : 0.0F);
            Lanes squares{};
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const Lanes exact = load_lanes<Lanes>(from + i);
                const Lanes rounded = whole(exact * inverse);
                store_bytes(rounded, out + row * width + i);
                if (lost == nullptr) continue;
                const Lanes gap = exact - rounded * scale;
                squares += gap * gap;
            }
            scales[row] = scale;
            if (lost != nullptr) lost[row] = sum_of(squares);
        }
    }
};

// Whole sums back to what they stand for.
template <class Y>
struct ScaleRows {
    const std::int32_t* sums;
    const float* row_scales;
    const float* scales;
    const float* bias;
    Y* out;
    std::int64_t width;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t row = begin; row < end; ++row) {
            const Lanes row_scale = lanes_of<Lanes>(row_scales[row]);
            for (std::int64_t i = 0; i < width; i += lane_count) {
                LaneInts sum;
                std::memcpy(&sum, sums + row * width + i, sizeof(sum));
                const Lanes exact = __builtin_convertvector(sum, Lanes);
                store_lanes(
                    exact * row_scale * load_lanes<Lanes>(scales + i) + load_lanes<Lanes>(bias + i),
                    out + row * width + i);
            }
        }
    }
};

struct Rounded {
    at::Tensor values;
    at::Tensor scales;
    at::Tensor lost;
};

template <class X>
Rounded rounded(const at::Tensor& x_nd, bool asks_lost) {
    const at::Tensor x = x_nd.contiguous();
    const std::int64_t rows = x.size(0);
    Rounded result{at::empty(x.sizes(), at::kChar), at::empty({rows}, at::kFloat), {}};
    if (asks_lost) result.lost = at::empty({rows}, at::kFloat);
    const RoundRows<X> work{x.const_data_ptr<X>(),
                            result.values.mutable_data_ptr<std::int8_t>(),
                            result.scales.mutable_data_ptr<float>(),
                            asks_lost ? result.lost.mutable_data_ptr<float>() : nullptr,
                            x.size(1)};
    run_all_rows(work, rows);
    return result;
}

Rounded rounded(const at::Tensor& x_nd, bool asks_lost) {
    NIGHTREEL_CHECK(x_nd.scalar_type() == at::kFloat || x_nd.scalar_type() == at::kBFloat16,
                    "int8 is made of float32 or bf16");
    return x_nd.scalar_type() == at::kFloat ? rounded<float>(x_nd, asks_lost)
                                            : rounded<c10::BFloat16>(x_nd, asks_lost);
}

}  // namespace

bool EightBitMatrix::can_hold(const at::Tensor& weight_od) {
    return weight_od.size(0) % lane_count == 0 && weight_od.size(1) % lane_count == 0;
}

std::shared_ptr<const EightBitMatrix> eight_bit_matrix(EightBits kind,
                                                       const at::Tensor& weight_od) {
    NIGHTREEL_CHECK(kind != EightBits::none, "a matrix in eight bits has a kind");
    if (kind == EightBits::e4m3) return std::make_shared<const Float8Matrix>(weight_od);
    return std::make_shared<const Int8Matrix>(weight_od);
}

Int8Matrix::Int8Matrix(const at::Tensor& weight_od) {
    NIGHTREEL_CHECK(has_eight_bit_products(), "int8 is asked for where it is multiplied exactly");
    NIGHTREEL_CHECK(can_hold(weight_od), "a matrix in eight bits has sides of whole vectors");
    const Rounded weight = rounded(weight_od, true);
    values_do_ = weight.values.t().contiguous();
    scales_o_ = weight.scales;
    error_.lost_squares = weight.lost.sum(at::kDouble).item<double>();
    const at::Tensor kept_squares =
        weight.values.to(at::kFloat).square().sum(1) * scales_o_.square();
    error_.squares = kept_squares.sum(at::kDouble).item<double>();
}

void Int8Matrix::into(const at::Tensor& x_nd,
                      const at::Tensor& bias_o,
                      const at::Tensor& y_no) const {
    const at::Tensor bias =
        bias_o.defined() ? bias_o.to(at::kFloat).contiguous() : at::zeros_like(scales_o_);
    const at::Tensor all_sums =
        at::empty({std::min(tokens_at_once, x_nd.size(0)), outputs()}, at::kInt);
    for (std::int64_t first = 0; first < x_nd.size(0); first += tokens_at_once) {
        const std::int64_t count = std::min(tokens_at_once, x_nd.size(0) - first);
        const Rounded x = rounded(x_nd.narrow(0, first, count), false);
        at::Tensor sums = all_sums.narrow(0, 0, count);
        at::_int_mm_out(sums, x.values, values_do_);
        const at::Tensor y = y_no.narrow(0, first, count);
        const auto scale = [&]<class Y>(Y* out) {
            const ScaleRows<Y> work{sums.const_data_ptr<std::int32_t>(),
                                    x.scales.const_data_ptr<float>(),
                                    scales_o_.const_data_ptr<float>(),
                                    bias.const_data_ptr<float>(),
                                    out,
                                    outputs()};
            run_all_rows(work, count);
        };
        if (y.scalar_type() == at::kFloat) {
            scale(y.mutable_data_ptr<float>());
        } else {
            scale(y.mutable_data_ptr<c10::BFloat16>());
        }
    }
}

bool has_eight_bit_products() {
    return processor_features().avx512_vnni && at::hasMKLDNN() &&
           at::globalContext().userEnabledMkldnn();
}

}  // namespace nightreel
