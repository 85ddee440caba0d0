#include "pipeline/model/vae/rows/causal_conv.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

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
    const at::Tensor values = x_trwi.to(c10::CppTypeToScalarType<T>::value).contiguous();
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

double relative_gap(const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).norm() / b.norm()).item<double>();
}

}  // namespace

TEST_CASE("a convolution in pairs is the one tap by tap, for widths even and odd", "[model]") {
    if (!has_row_products(at::kFloat)) {
        WARN("skipped: this processor has no products of rows");
        return;
    }
    at::manual_seed(5);
    for (const std::int64_t width : {1, 2, 3, 14, 113, 225}) {
        for (const std::int64_t channels : {4, 6, 32}) {
            CAPTURE(width, channels);
            const at::Tensor kernel = at::randn({16, channels, 3, 3, 3});
            const at::Tensor bias = at::randn({16});
            const at::Tensor x = at::randn({3, rows_of_picture, width, channels});
            const at::Tensor wanted = expected(kernel, bias, x);
            CHECK(relative_gap(convolved(CausalRowConv<float>(kernel, bias, false), x), wanted) <
                  1e-6);
            CHECK(relative_gap(convolved(CausalRowConv<float>(kernel, bias, true), x), wanted) <
                  1e-6);
            if (!has_row_products(at::kBFloat16)) continue;
            using Low = c10::BFloat16;
            CHECK(relative_gap(convolved(CausalRowConv<Low>(kernel, bias, false), x), wanted) <
                  4e-3);
            CHECK(relative_gap(convolved(CausalRowConv<Low>(kernel, bias, true), x), wanted) <
                  8e-3);
        }
    }
}

}  // namespace nightreel
