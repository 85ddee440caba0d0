#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/small/product.h"

namespace nightreel {
namespace {

at::Tensor packed(const at::Tensor& matrix_kn) {
    const at::Tensor panels = at::empty({panels_size(matrix_kn.size(0), matrix_kn.size(1))});
    pack_panels({.values = matrix_kn.const_data_ptr<float>(),
                 .inputs = matrix_kn.size(0),
                 .outputs = matrix_kn.size(1),
                 .input_stride = matrix_kn.stride(0),
                 .output_stride = matrix_kn.stride(1)},
                panels.mutable_data_ptr<float>());
    return panels;
}

// Into sums [m, n], which may be rows of a wider matrix.
void multiplied(const at::Tensor& values_mk,
                const at::Tensor& matrix_kn,
                const at::Tensor& sums_mn,
                ProductStart start) {
    const at::Tensor panels = packed(matrix_kn);
    multiply({.rows = values_mk.size(0),
              .inputs = values_mk.size(1),
              .outputs = sums_mn.size(1),
              .values = values_mk.const_data_ptr<float>(),
              .value_stride = values_mk.stride(0),
              .panels = panels.const_data_ptr<float>(),
              .sums = sums_mn.mutable_data_ptr<float>(),
              .sum_stride = sums_mn.stride(0)},
             start);
}

double largest_gap(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

bool lacks_small_products() {
    if (has_small_products()) return false;
    WARN("skipped: this processor has no small products");
    return true;
}

}  // namespace

TEST_CASE("a small product is the exact one to the rounding of its sums, whatever its sides") {
    if (lacks_small_products()) return;
    at::manual_seed(1);
    for (const std::int64_t rows : {1, 5, 6, 7, 13, 56}) {
        for (const std::int64_t inputs : {1, 3, 96, 255, 256, 257, 520}) {
            for (const std::int64_t outputs : {1, 3, 7, 8, 9, 15, 16, 17, 24, 31, 96}) {
                CAPTURE(rows, inputs, outputs);
                const at::Tensor values = at::empty({rows, inputs}).uniform_(-0.5, 0.5);
                const at::Tensor matrix = at::empty({inputs, outputs}).uniform_(-0.5, 0.5);
                const at::Tensor exact = values.to(at::kDouble).mm(matrix.to(at::kDouble));
                const at::Tensor before = at::empty({rows, outputs}).uniform_(0, 1);
                const at::Tensor sums = before.clone();
                multiplied(values, matrix, sums, ProductStart::sums);
                const double tolerance = 4e-7 * (1 + static_cast<double>(inputs) / 16);
                REQUIRE(largest_gap(sums, exact + before) < tolerance);
                multiplied(values, matrix, sums, ProductStart::zero);
                REQUIRE(largest_gap(sums, exact) < tolerance);
            }
        }
    }
}

TEST_CASE("a small product writes its own sums only and reads matrices as they lie") {
    if (lacks_small_products()) return;
    at::manual_seed(2);
    const at::Tensor values = at::randn({9, 40}).narrow(1, 3, 20);
    const at::Tensor matrix = at::randn({11, 20}).t();  // the inputs of an output side by side
    const at::Tensor wide = at::full({9, 30}, 7.0);
    const at::Tensor sums = wide.narrow(1, 8, 11);
    multiplied(values, matrix, sums, ProductStart::zero);
    CHECK(largest_gap(sums, values.mm(matrix)) < 1e-5);
    CHECK((wide.narrow(1, 0, 8) == 7.0).all().item<bool>());
    CHECK((wide.narrow(1, 19, 11) == 7.0).all().item<bool>());
}

TEST_CASE("a row's sums do not depend on the rows beside it") {
    if (lacks_small_products()) return;
    at::manual_seed(3);
    const at::Tensor values = at::randn({23, 300});
    const at::Tensor matrix = at::randn({300, 40});
    const at::Tensor all = at::empty({23, 40});
    multiplied(values, matrix, all, ProductStart::zero);
    for (const std::int64_t count : {1, 2, 4, 11}) {
        const at::Tensor few = at::empty({count, 40});
        multiplied(values.narrow(0, 5, count), matrix, few, ProductStart::zero);
        CHECK(few.equal(all.narrow(0, 5, count)));
    }
}

}  // namespace nightreel
