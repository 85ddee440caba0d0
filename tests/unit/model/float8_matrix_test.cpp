#include "pipeline/model/tensor/float8_matrix.h"

#include <cmath>
#include <string>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

at::Tensor product(const EightBitMatrix& matrix, const at::Tensor& x, const at::Tensor& bias) {
    at::Tensor y = at::empty({x.size(0), matrix.outputs()}, x.options());
    matrix.into(x, bias, y);
    return y;
}

double relative_error(const at::Tensor& found, const at::Tensor& exact) {
    const at::Tensor gap = found.to(at::kDouble) - exact.to(at::kDouble);
    return (gap.square().sum() / exact.to(at::kDouble).square().sum()).sqrt().item<double>();
}

}  // namespace

TEST_CASE("products of numbers that e4m3 holds are exact", "[fp8]") {
    // Whole numbers up to 16 have four bits; 448 is e4m3's largest, so every scale is one.
    at::manual_seed(1);
    at::Tensor weight = at::randint(-16, 17, {48, 64}).to(at::kFloat);
    at::Tensor x = at::randint(-16, 17, {37, 64}).to(at::kFloat);
    weight.select(1, 5).fill_(448);
    x.select(1, 9).fill_(-448);
    const at::Tensor bias = at::randint(-9, 10, {48}).to(at::kFloat);
    const Float8Matrix matrix(weight);
    CHECK(at::equal(product(matrix, x, bias), at::linear(x, weight, bias)));
    CHECK(at::equal(product(matrix, x, {}), at::linear(x, weight)));
    CHECK(matrix.error().lost_squares == 0);
    CHECK(matrix.error().squares ==
          Approx(weight.to(at::kDouble).square().sum().item<double>()).epsilon(1e-9));
}

TEST_CASE("three bits of mantissa lose a fortieth, whatever the size of a token", "[fp8]") {
    at::manual_seed(2);
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        const at::Tensor weight = at::randn({96, 320}).to(type);
        const at::Tensor x =
            (at::randn({700, 320}) * at::arange(1, 701, at::kFloat).view({700, 1}) * 0.05).to(type);
        const at::Tensor bias = at::randn({96}).to(type);
        const Float8Matrix matrix(weight);
        const at::Tensor exact =
            at::linear(x.to(at::kFloat), weight.to(at::kFloat), bias.to(at::kFloat));
        CAPTURE(type);
        const double lost = std::sqrt(matrix.error().lost_squares / matrix.error().squares);
        CHECK(lost > 0.02);
        CHECK(lost < 0.03);
        // Both sides lose as much, and losses are independent.
        CHECK(relative_error(product(matrix, x, bias), exact) < 1.5 * lost);
    }
}

TEST_CASE("a token's product in fp8 does not hang on the others", "[fp8]") {
    at::manual_seed(4);
    const Float8Matrix matrix(at::randn({64, 128}));
    const at::Tensor x = at::randn({33, 128});
    const at::Tensor one = product(matrix, x, {});
    at::Tensor louder = x.clone();
    louder.select(0, 0).mul_(1000);
    CHECK(at::equal(product(matrix, louder, {}).narrow(0, 1, 32), one.narrow(0, 1, 32)));
}

TEST_CASE("tokens of zeros give the bias in fp8 too", "[fp8]") {
    const Float8Matrix matrix(at::ones({16, 32}));
    const at::Tensor bias = at::arange(16, at::kFloat);
    CHECK(at::equal(product(matrix, at::zeros({3, 32}), bias), bias.expand({3, 16})));
}

TEST_CASE("fp8 is refused on a CPU, with the policy to take instead", "[fp8]") {
    std::string text;
    ErrorKind kind{};
    try {
        const WanTransformer model(
            "models/toybox/transformer", at::Device(at::kCPU), PrecisionPolicy::eight_bit_floats);
    } catch (const Error& error) {
        text = error.what();
        kind = error.kind();
    }
    CHECK(kind == ErrorKind::unavailable);  // a fault of this worker, not of the night
    CHECK_THAT(
        text,
        Catch::Contains("precision fp8") && Catch::Contains("sm_89") && Catch::Contains("fast"));
}

}  // namespace nightreel
