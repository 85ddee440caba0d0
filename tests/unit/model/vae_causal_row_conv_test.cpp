#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/small/product.h"
#include "pipeline/model/vae/rows/causal_conv.h"

namespace nightreel {
namespace {

constexpr std::int64_t rows_of_picture = 3;

// The convolution of pictures [t, rows, w, in] in parts as the decoder has them.
template <class T>
at::Tensor convolved(const CausalRowConv<T>& conv, const at::Tensor& x_trwi) {
    const Piece piece{x_trwi.size(0), rows_of_picture, x_trwi.size(2), true, false};
    KeptFrames none;
    CausalRows<T> rows(none, piece, rows_of_picture, conv.in());
    const std::int64_t first = rows.add(rows_of_picture);
    const std::int64_t gap = stride_of(conv.in()) - conv.in();
    const at::Tensor values =
        at::constant_pad_nd(x_trwi.to(c10::CppTypeToScalarType<T>::value), {0, gap}).contiguous();
    for (std::int64_t frame = 0; frame < piece.frames; ++frame) {
        for (std::int64_t row = 0; row < rows_of_picture; ++row) {
            const at::Tensor line = values[frame][row].contiguous();
            std::copy_n(line.const_data_ptr<T>(), line.numel(), rows.own_row(frame, first + row));
        }
    }
    rows.filled(first, rows_of_picture, true);
    at::Tensor out = at::zeros({piece.frames, rows_of_picture, piece.width, conv.out()});
    const RowsShape shape{piece.frames, rows_of_picture, piece.width};
    for_each_part(shape, conv.scratch_channels(), [&](const RowPart& part, float* scratch) {
        conv.begin(part.places, scratch);
        conv.add(rows, part, scratch);
        at::Tensor place = out[part.frame][part.row].narrow(0, part.column, part.places);
        std::copy_n(scratch, part.places * conv.out(), place.mutable_data_ptr<float>());
    });
    return out;
}

// What ATen makes of it: two frames of zeros before the first.
at::Tensor expected(const at::Tensor& kernel_oithw,
                    const at::Tensor& bias,
                    const at::Tensor& x_trwi) {
    const at::Tensor x =
        at::constant_pad_nd(x_trwi.permute({3, 0, 1, 2}).unsqueeze(0), {1, 1, 1, 1, 2, 0});
    return at::conv3d(x, kernel_oithw, bias)[0].permute({1, 2, 3, 0});
}

// All that this processor has: the one of AVX2 is compared where there is AVX-512 too.
std::vector<RowProducts> float_products() {
    std::vector<RowProducts> products;
    if (has_small_products()) products.push_back(RowProducts::small);
    if (row_products(at::kFloat) == RowProducts::onednn) products.push_back(RowProducts::onednn);
    return products;
}

double relative_gap(const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).norm() / b.norm()).item<double>();
}

}  // namespace

TEST_CASE("a convolution in rows is ATen's, tap by tap and in pairs, for odd widths and channels",
          "[model]") {
    at::manual_seed(5);
    const std::vector<RowProducts> products = float_products();
    if (products.empty()) WARN("skipped: this processor has no products of rows");
    for (const std::int64_t width : {1, 2, 3, 14, 113, 225}) {
        for (const std::int64_t channels : {3, 4, 6, 32}) {
            for (const std::int64_t out : {3, 16, 21}) {
                const at::Tensor kernel = at::randn({out, channels, 3, 3, 3});
                const at::Tensor bias = at::randn({out});
                const at::Tensor x = at::randn({3, rows_of_picture, width, channels});
                const at::Tensor wanted = expected(kernel, bias, x);
                for (const RowProducts each : products) {
                    CAPTURE(width, channels, out, static_cast<int>(each));
                    for (const bool in_pairs : {false, true}) {
                        const CausalRowConv<float> conv(kernel, bias, in_pairs, each);
                        CHECK(relative_gap(convolved(conv, x), wanted) < 1e-6);
                    }
                }
            }
        }
    }
}

TEST_CASE("a convolution of bf16 rows is ATen's to the rounding of bf16", "[model]") {
    if (row_products(at::kBFloat16) == RowProducts::none) {
        WARN("skipped: this processor has no products of bf16");
        return;
    }
    at::manual_seed(6);
    for (const std::int64_t width : {1, 2, 3, 14, 113, 225}) {
        for (const std::int64_t channels : {4, 6, 32}) {
            CAPTURE(width, channels);
            const at::Tensor kernel = at::randn({16, channels, 3, 3, 3});
            const at::Tensor bias = at::randn({16});
            const at::Tensor x = at::randn({3, rows_of_picture, width, channels});
            const at::Tensor wanted = expected(kernel, bias, x);
            using Low = c10::BFloat16;
            CHECK(relative_gap(convolved(CausalRowConv<Low>(kernel, bias, false), x), wanted) <
                  4e-3);
            CHECK(relative_gap(convolved(CausalRowConv<Low>(kernel, bias, true), x), wanted) <
                  8e-3);
        }
    }
}

}  // namespace nightreel
