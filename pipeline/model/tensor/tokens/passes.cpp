#include "pipeline/model/tensor/tokens/passes.h"

#include <cmath>
#include <cstdint>

#include <ATen/ATen.h>

#include "pipeline/model/cuda/token_rows.h"
#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/tensor/tokens/lanes.h"
#include "pipeline/model/tensor/tokens/operators.h"
#include "shotspec/base/check.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// Which row of a table a token takes.
struct RowOfToken {
    const std::int64_t* index = nullptr;  // of groups; null: row 0 for all
    std::int64_t tokens_per_group = 1;
    std::int64_t width = 0;

    NIGHTREEL_INLINE std::int64_t offset(std::int64_t token) const {
        return index == nullptr ? 0 : index[token / tokens_per_group] * width;
    }
};

RowOfToken row_of_token(const at::Tensor& x_bnd,
                        const TimeModulation& time,
                        const at::Tensor& rows_ud) {
    if (rows_ud.size(0) == 1) return {};
    NIGHTREEL_CHECK(time.index.numel() == time.batch * time.groups, "a row for each group");
    return {
        time.index.const_data_ptr<std::int64_t>(), x_bnd.size(1) / time.groups, rows_ud.size(1)};
}

template <class X, class Y>
struct NormRows {
    const X* x;
    Y* out;
    const float* shift;
    const float* scale;
    RowOfToken row;
    std::int64_t width;
    float epsilon;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        const float share = 1.0F / static_cast<float>(width);
        for (std::int64_t token = begin; token < end; ++token) {
            const X* from = x + token * width;
            L sum{};
            for (std::int64_t i = 0; i < width; i += lane_count) sum += load_lanes<L>(from + i);
            const L mean = lanes_of<L>(sum_of(sum) * share);
            L squares{};
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const L centred = load_lanes<L>(from + i) - mean;
                squares += centred * centred;
            }
            const L factor = lanes_of<L>(1.0F / std::sqrt(sum_of(squares) * share + epsilon));
            const std::int64_t offset = row.offset(token);
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const L normed = (load_lanes<L>(from + i) - mean) * factor;
                store_lanes(
                    normed * load_lanes<L>(scale + offset + i) + load_lanes<L>(shift + offset + i),
                    out + token * width + i);
            }
        }
    }
};

template <class X, class Y>
struct GateRows {
    X* x;
    const Y* y;
    const float* gate;
    RowOfToken row;
    std::int64_t width;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t token = begin; token < end; ++token) {
            const std::int64_t offset = row.offset(token);
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const std::int64_t at = token * width + i;
                store_lanes(load_lanes<L>(x + at) +
                                load_lanes<L>(y + at) * load_lanes<L>(gate + offset + i),
                            x + at);
            }
        }
    }
};

template <class X>
struct RotateRows {
    X* x;
    const float* weight;
    const float* rotations;  // pairs of cosine and sine; null for none
    std::int64_t tokens;     // of a clip
    std::int64_t parts;
    std::int64_t token_stride;
    std::int64_t part_stride;
    std::int64_t width;
    std::int64_t head_size;
    float epsilon;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t row = begin; row < end; ++row) {
            const std::int64_t token = row / parts;
            const std::int64_t part = row % parts;
            X* values = x + token * token_stride + part * part_stride;
            L squares{};
            for (std::int64_t i = 0; i < width; i += lane_count) {
                const L value = load_lanes<L>(values + i);
                squares += value * value;
            }
            const float mean = sum_of(squares) / static_cast<float>(width);
            const L factor = lanes_of<L>(1.0F / std::sqrt(mean + epsilon));
            const float* table =
                rotations == nullptr ? nullptr : rotations + token % tokens * head_size;
            for (std::int64_t i = 0; i < width; i += lane_count) {
                L normed =
                    load_lanes<L>(values + i) * factor * load_lanes<L>(weight + part * width + i);
                if (table != nullptr)
                    normed = rotated(normed, load_lanes<L>(table + i % head_size));
                store_lanes(normed, values + i);
            }
        }
    }
};

// x / (1 + exp(-2 u)) with u = sqrt(2 / pi) (x + 0.044715 x^3): the tanh form, written out.
template <class X>
struct ActivateRows {
    X* x;
    std::int64_t width;

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        constexpr float log2_e = 1.44269504F;
        constexpr float first = -2.0F * 0.797884561F * log2_e;
        constexpr float third = first * 0.044715F;
        for (std::int64_t i = begin * width; i < end * width; i += lane_count) {
            const L value = load_lanes<L>(x + i);
            const L falling = power_of_two(value * (first + third * value * value));
            store_lanes(value / (1.0F + falling), x + i);
        }
    }
};

bool is_float_or_bfloat16(at::ScalarType type) {
    return type == at::kFloat || type == at::kBFloat16;
}

bool has_passes(const at::Tensor& x, at::ScalarType other) {
    return x.is_cpu() && is_float_or_bfloat16(x.scalar_type()) && is_float_or_bfloat16(other) &&
           x.size(-1) % lane_count == 0;
}

// Calls use(X*, Y*) with null pointers of the two types.
template <class Use>
void for_types(at::ScalarType x, at::ScalarType y, const Use& use) {
    constexpr float* single = nullptr;
    constexpr at::BFloat16* half = nullptr;
    const bool x_is_single = x == at::kFloat;
    const bool y_is_single = y == at::kFloat;
    if (x_is_single && y_is_single) {
        use(single, single);
    } else if (x_is_single) {
        use(single, half);
    } else if (y_is_single) {
        use(half, single);
    } else {
        use(half, half);
    }
}

}  // namespace

at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type) {
    if (can_take_rows(x_bnd)) {
        return operators::modulated_norm(x_bnd, time, shift_ud, scale_ud, epsilon, type);
    }
    if (!has_passes(x_bnd, type)) {
        return plain::modulated_norm(x_bnd, time, shift_ud, scale_ud, epsilon, type);
    }
    const at::Tensor x = x_bnd.contiguous();
    const at::Tensor shift = shift_ud.contiguous();
    const at::Tensor scale = scale_ud.contiguous();
    at::Tensor out = at::empty(x.sizes(), x.options().dtype(type));
    const std::int64_t width = x.size(2);
    for_types(x.scalar_type(), type, [&]<class X, class Y>(X*, Y*) {
        const NormRows<X, Y> rows{x.const_data_ptr<X>(),
                                  out.mutable_data_ptr<Y>(),
                                  shift.const_data_ptr<float>(),
                                  scale.const_data_ptr<float>(),
                                  row_of_token(x, time, shift),
                                  width,
                                  static_cast<float>(epsilon)};
        run_all_rows(rows, x.size(0) * x.size(1));
    });
    return out;
}

void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud) {
    if (x_bnd.is_contiguous() && can_take_rows(x_bnd) && can_take_rows(y_bnd)) {
        operators::add_gated(x_bnd, y_bnd, time, gate_ud);
        return;
    }
    if (!has_passes(x_bnd, y_bnd.scalar_type()) || !x_bnd.is_contiguous()) {
        plain::add_gated(x_bnd, y_bnd, time, gate_ud);
        return;
    }
    const at::Tensor y = y_bnd.contiguous();
    const at::Tensor gate = gate_ud.contiguous();
    for_types(x_bnd.scalar_type(), y.scalar_type(), [&]<class X, class Y>(X*, Y*) {
        const GateRows<X, Y> rows{x_bnd.mutable_data_ptr<X>(),
                                  y.const_data_ptr<Y>(),
                                  gate.const_data_ptr<float>(),
                                  row_of_token(x_bnd, time, gate),
                                  x_bnd.size(2)};
        run_all_rows(rows, x_bnd.size(0) * x_bnd.size(1));
    });
}

void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon) {
    const std::int64_t width = x_bnpd.size(3);
    const std::int64_t tokens = x_bnpd.size(1);
    // One stride from token to token, over the clips of a batch too.
    const bool is_even = x_bnpd.stride(3) == 1 &&
                         (x_bnpd.size(0) == 1 || x_bnpd.stride(0) == tokens * x_bnpd.stride(1));
    if (is_even && width / heads % items_at_once == 0 && can_take_rows(x_bnpd)) {
        operators::norm_and_rotate(x_bnpd, weight_pd, rotations, heads, epsilon);
        return;
    }
    if (!has_passes(x_bnpd, x_bnpd.scalar_type()) || !is_even || width / heads % lane_count != 0) {
        plain::norm_and_rotate(x_bnpd, weight_pd, rotations, heads, epsilon);
        return;
    }
    const at::Tensor weight = weight_pd.contiguous();
    const at::Tensor table =
        rotations.defined() ? at::view_as_real(rotations).contiguous() : at::Tensor();
    for_types(x_bnpd.scalar_type(), x_bnpd.scalar_type(), [&]<class X, class Y>(X*, Y*) {
        const RotateRows<X> rows{x_bnpd.mutable_data_ptr<X>(),
                                 weight.const_data_ptr<float>(),
                                 table.defined() ? table.const_data_ptr<float>() : nullptr,
                                 tokens,
                                 x_bnpd.size(2),
                                 x_bnpd.stride(1),
                                 x_bnpd.stride(2),
                                 width,
                                 width / heads,
                                 static_cast<float>(epsilon)};
        run_all_rows(rows, x_bnpd.size(0) * tokens * x_bnpd.size(2));
    });
}

void activate(at::Tensor& x_nd) {
    // With AVX-512 ATen's pass in float32 costs next to nothing beside the products; with less it
    // costs 2 % of a forward pass.
    const bool is_left = x_nd.scalar_type() == at::kFloat && processor_features().avx512;
    if (!has_passes(x_nd, x_nd.scalar_type()) || is_left || !x_nd.is_contiguous()) {
        at::gelu_(x_nd, "tanh");
        return;
    }
    for_types(x_nd.scalar_type(), x_nd.scalar_type(), [&]<class X, class Y>(X*, Y*) {
        run_all_rows(ActivateRows<X>{x_nd.mutable_data_ptr<X>(), x_nd.size(1)}, x_nd.size(0));
    });
}

namespace plain {

at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type) {
    const at::Tensor normed =
        at::layer_norm(x_bnd.to(at::kFloat), {x_bnd.size(2)}, {}, {}, epsilon);
    return at::addcmul(
               time.spread(shift_ud), normed.unflatten(1, {time.groups, -1}), time.spread(scale_ud))
        .flatten(1, 2)
        .to(type);
}

void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud) {
    const auto grouped = [&](const at::Tensor& tensor) {
        return tensor.to(at::kFloat).unflatten(1, {time.groups, -1});
    };
    const at::Tensor sum = at::addcmul(grouped(x_bnd), grouped(y_bnd), time.spread(gate_ud));
    x_bnd.copy_(sum.flatten(1, 2));
}

void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon) {
    at::Tensor normed = root_mean_square_norm(x_bnpd, epsilon).mul_(weight_pd);
    if (rotations.defined()) {
        const at::Tensor pairs =
            at::view_as_complex(normed.unflatten(3, {heads, -1, 2}));  // [b, n, p, h, e / 2]
        normed = at::view_as_real(pairs * rotations.unsqueeze(1).unsqueeze(1)).flatten(3);
    }
    x_bnpd.copy_(normed);
}

}  // namespace plain
}  // namespace nightreel
