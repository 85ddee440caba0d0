#include "pipeline/model/tensor/eight_bit_matrix.h"

#include <cmath>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr const char* folder = "models/toybox/transformer";

at::Tensor product(const EightBitMatrix& matrix, const at::Tensor& x, const at::Tensor& bias) {
    at::Tensor y = at::empty({x.size(0), matrix.outputs()}, x.options());
    matrix.into(x, bias, y);
    return y;
}

double relative_error(const at::Tensor& found, const at::Tensor& exact) {
    const at::Tensor gap = found.to(at::kDouble) - exact.to(at::kDouble);
    return (gap.square().sum() / exact.to(at::kDouble).square().sum()).sqrt().item<double>();
}

at::Tensor velocity(PrecisionPolicy policy, Residency residency = Residency::resident) {
    at::manual_seed(3);
    const WanTransformer model(folder, at::Device(at::kCPU), policy, residency);
    const WanConfig& config = model.config();
    const at::Tensor latents = at::randn({1, config.channels_in, 3, 6, 10});
    const TextContext text = model.prepare_text(at::randn({1, 7, config.text}));
    return model.forward(latents, at::full({1}, 700.0), text);
}

bool lacks_products() {
    if (!has_eight_bit_products()) WARN("this processor has no VNNI");
    return !has_eight_bit_products();
}

}  // namespace

TEST_CASE("products of whole numbers that int8 holds are exact", "[int8]") {
    if (lacks_products()) return;
    at::manual_seed(1);
    at::Tensor weight = at::randint(-127, 128, {48, 64}).to(at::kFloat);
    at::Tensor x = at::randint(-127, 128, {37, 64}).to(at::kFloat);
    weight.select(1, 5).fill_(127);
    x.select(1, 9).fill_(-127);
    const at::Tensor bias = at::randint(-9, 10, {48}).to(at::kFloat);
    const Int8Matrix matrix(weight);
    CHECK(at::equal(product(matrix, x, bias), at::linear(x, weight, bias)));
    CHECK(at::equal(product(matrix, x, {}), at::linear(x, weight)));
    CHECK(matrix.error().lost_squares == 0);
    CHECK(matrix.error().squares ==
          Approx(weight.to(at::kDouble).square().sum().item<double>()).epsilon(1e-6));
}

TEST_CASE("products in int8 are within a hundredth or so of the exact ones", "[int8]") {
    if (lacks_products()) return;
    at::manual_seed(2);
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        const at::Tensor weight = at::randn({96, 320}).to(type);
        const at::Tensor x =
            (at::randn({700, 320}) * at::arange(1, 701, at::kFloat).view({700, 1}) * 0.05).to(type);
        const at::Tensor bias = at::randn({96}).to(type);
        const Int8Matrix matrix(weight);
        const at::Tensor exact =
            at::linear(x.to(at::kFloat), weight.to(at::kFloat), bias.to(at::kFloat));
        const at::Tensor found = product(matrix, x, bias);
        CAPTURE(type);
        CHECK(found.scalar_type() == type);
        CHECK(relative_error(found, exact) < 0.016);
        const double lost = std::sqrt(matrix.error().lost_squares / matrix.error().squares);
        CHECK(lost > 0.001);
        CHECK(lost < 0.01);
    }
}

TEST_CASE("a token's product in int8 hangs on neither the others nor the number of threads",
          "[int8]") {
    if (lacks_products()) return;
    at::manual_seed(4);
    const Int8Matrix matrix(at::randn({64, 128}));
    const at::Tensor x = at::randn({1300, 128}).to(at::kBFloat16);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor one = product(matrix, x, {});
    at::set_num_threads(3);
    const at::Tensor three = product(matrix, x, {});
    at::set_num_threads(threads);
    CHECK(at::equal(one, three));
    CHECK(at::equal(product(matrix, x.narrow(0, 511, 5), {}), one.narrow(0, 511, 5)));
    at::Tensor louder = x.clone();
    louder.select(0, 0).mul_(1000);
    CHECK(at::equal(product(matrix, louder, {}).narrow(0, 1, 1299), one.narrow(0, 1, 1299)));
}

TEST_CASE("tokens of zeros give the bias", "[int8]") {
    if (lacks_products()) return;
    const Int8Matrix matrix(at::ones({16, 32}));
    const at::Tensor bias = at::arange(16, at::kFloat);
    CHECK(at::equal(product(matrix, at::zeros({3, 32}), bias), bias.expand({3, 16})));
}

TEST_CASE("a transformer in int8 is near the exact one and says what its weights lost", "[int8]") {
    if (lacks_products()) return;
    const WanTransformer model(folder, at::Device(at::kCPU), PrecisionPolicy::eight_bits);
    CHECK(model.eight_bit_error() > 0.001);
    CHECK(model.eight_bit_error() < 0.02);
    const at::Tensor exact = velocity(PrecisionPolicy::float32);
    const at::Tensor found = velocity(PrecisionPolicy::eight_bits);
    CHECK_FALSE(at::equal(found, velocity(PrecisionPolicy::fast)));
    CHECK(relative_error(found, exact) < 0.05);
    CHECK(at::equal(found, velocity(PrecisionPolicy::eight_bits, Residency::streamed)));
}

TEST_CASE("int8 is refused where it would be slow, with the policy to take instead", "[int8]") {
    at::globalContext().setUserEnabledMkldnn(false);
    std::string text;
    ErrorKind kind{};
    try {
        const WanTransformer model(folder, at::Device(at::kCPU), PrecisionPolicy::eight_bits);
    } catch (const Error& error) {
        text = error.what();
        kind = error.kind();
    }
    at::globalContext().setUserEnabledMkldnn(true);
    CHECK(kind == ErrorKind::unavailable);  // a fault of this worker, not of the night
    CHECK_THAT(text, Catch::Contains("precision int8") && Catch::Contains("fast"));
}

TEST_CASE("the stream of tokens in float32 brings a policy nearer to float32", "[precision]") {
    const at::Tensor exact = velocity(PrecisionPolicy::float32);
    const double wan = relative_error(velocity(PrecisionPolicy::wan_exact), exact);
    const double diffusers = relative_error(velocity(PrecisionPolicy::diffusers_exact), exact);
    CHECK(wan > 0);
    CHECK(wan < diffusers);
    CHECK(diffusers < 0.05);
    CHECK(at::equal(velocity(PrecisionPolicy::fast), velocity(PrecisionPolicy::diffusers_exact)));
}

TEST_CASE("fp16 has three more bits than bf16, and policies with it are nearer to float32",
          "[precision]") {
    const at::Tensor exact = velocity(PrecisionPolicy::float32);
    const auto error_of = [&](PrecisionPolicy policy) {
        return relative_error(velocity(policy), exact);
    };
    CHECK(error_of(PrecisionPolicy::wan_exact_float16) < error_of(PrecisionPolicy::wan_exact) / 3);
    CHECK(error_of(PrecisionPolicy::diffusers_exact_float16) <
          error_of(PrecisionPolicy::diffusers_exact) / 3);
}

TEST_CASE("every policy has its own name, and an unknown name lists them", "[precision]") {
    std::string text;
    try {
        precision_policy_named("half");
    } catch (const Error& error) {
        text = error.what();
    }
    for (int i = 0; i <= static_cast<int>(PrecisionPolicy::eight_bit_floats); ++i) {
        const auto policy = static_cast<PrecisionPolicy>(i);
        CHECK(facts_of(policy).policy == policy);
        CHECK(precision_policy_named(word_of(policy)) == policy);
        CHECK_THAT(text, Catch::Contains(std::string(word_of(policy))));
    }
}

}  // namespace nightreel
