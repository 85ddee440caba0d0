// The laws of the family's other members: pictures, control branch, diffusion forcing.

#include <filesystem>
#include <string>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

WanTransformer model_of(const std::string& name) {
    return {"tests/parity/transformer/" + name + "/transformer",
            at::Device(at::kCPU),
            PrecisionPolicy::float32};
}

// Numbers without a generator: a fixed wave over the elements.
at::Tensor wave(at::IntArrayRef shape, double phase) {
    const at::Tensor steps = at::arange(c10::multiply_integers(shape), at::kDouble);
    return (steps * 0.7351 + phase).sin().to(at::kFloat).view(shape);
}

double largest(const at::Tensor& difference) {
    return difference.abs().max().item<double>();
}

const at::Tensor noon = at::full({1}, 500.0);

}  // namespace

TEST_CASE("hints of scale 0 change nothing, and a hint's effect grows with its scale", "[wan]") {
    const WanTransformer model = model_of("vace_scaled");
    const TextContext text = model.prepare_text(wave({1, 5, 16}, 0.1));
    const at::Tensor latents = wave({1, 16, 2, 4, 4}, 0.2);
    const auto with = [&](const at::Tensor& control, std::vector<double> scales) {
        WanConditions conditions;
        conditions.control_bcfhw = control;
        conditions.control_scales = std::move(scales);
        return model.forward(latents, noon, text, conditions);
    };
    const at::Tensor control = wave({1, 96, 2, 4, 4}, 0.3);
    const at::Tensor none = with(control, {0, 0});
    REQUIRE(with(wave({1, 96, 2, 4, 4}, 0.9), {0, 0}).equal(none));
    REQUIRE(with(control, {}).equal(with(control, {1, 1})));
    const double half = largest(with(control, {0.05, 0}) - none);
    const double whole = largest(with(control, {0.1, 0}) - none);
    REQUIRE(half > 1e-6);
    REQUIRE(whole > 1.5 * half);
}

TEST_CASE("what a later causal block holds does not reach an earlier one, to the bit", "[wan]") {
    const WanTransformer model = model_of("skyreels_one_timestep");
    const TextContext text = model.prepare_text(wave({1, 5, 16}, 0.1));
    const at::Tensor latents = wave({1, 4, 5, 4, 4}, 0.2);
    at::Tensor changed = latents.clone();
    changed.narrow(2, 4, 1).add_(1.0);
    WanConditions causal;
    causal.frames_per_block = 2;  // the last of the five frames is a block of its own
    const auto run = [&](const at::Tensor& given, const WanConditions& conditions) {
        return model.forward(given, noon, text, conditions);
    };
    const at::Tensor before = run(latents, causal);
    const at::Tensor after = run(changed, causal);
    REQUIRE(before.narrow(2, 0, 4).equal(after.narrow(2, 0, 4)));
    REQUIRE(largest(before.narrow(2, 4, 1) - after.narrow(2, 4, 1)) > 1e-3);
    REQUIRE(largest(run(latents, {}).narrow(2, 0, 4) - run(changed, {}).narrow(2, 0, 4)) > 1e-6);
    WanConditions one_block;
    one_block.frames_per_block = 5;
    REQUIRE(run(latents, one_block).equal(run(latents, {})));
}

TEST_CASE("the frame rate matters to a model that was told it: 16, or any other", "[wan]") {
    const WanTransformer model = model_of("skyreels_fps_16");
    const TextContext text = model.prepare_text(wave({1, 5, 16}, 0.1));
    const at::Tensor latents = wave({1, 4, 2, 4, 4}, 0.2);
    const auto at_rate = [&](double rate) {
        WanConditions conditions;
        conditions.rate = rate;
        return model.forward(latents, noon, text, conditions);
    };
    REQUIRE(at_rate(24).equal(at_rate(30)));
    REQUIRE(largest(at_rate(24) - at_rate(16)) > 1e-4);
}

TEST_CASE("pictures are read beside the text, and their order matters where they have positions",
          "[wan]") {
    const WanTransformer plain = model_of("i2v_image_tokens");
    const WanTransformer ordered = model_of("flf2v_two_images");
    const at::Tensor words = wave({1, 5, 16}, 0.1);
    const at::Tensor latents = wave({1, 16, 2, 4, 4}, 0.2);
    WanConditions conditions;
    conditions.channels_bcfhw = wave({1, 20, 2, 4, 4}, 0.3);
    const auto run = [&](const WanTransformer& model, const at::Tensor& pictures) {
        return model.forward(latents, noon, model.prepare_text(words, pictures), conditions);
    };
    const at::Tensor a = wave({1, 17, 20}, 0.4);
    const at::Tensor b = wave({1, 17, 20}, 1.4);
    REQUIRE(largest(run(plain, a) - run(plain, b)) > 1e-6);
    REQUIRE(largest(run(plain, a) - run(plain, {})) > 1e-6);
    REQUIRE(largest(run(plain, at::cat({a, b}, 1)) - run(plain, at::cat({b, a}, 1))) < 2e-5);
    REQUIRE(largest(run(ordered, at::cat({a, b}, 1)) - run(ordered, at::cat({b, a}, 1))) > 1e-5);
}

TEST_CASE("given channels follow the noisy ones", "[wan]") {
    const WanTransformer model = model_of("i2v_image_tokens");
    const TextContext text = model.prepare_text(wave({1, 5, 16}, 0.1), wave({1, 17, 20}, 0.4));
    const at::Tensor latents = wave({1, 16, 2, 4, 4}, 0.2);
    WanConditions conditions;
    conditions.channels_bcfhw = wave({1, 20, 2, 4, 4}, 0.3);
    REQUIRE(
        model.forward(latents, noon, text, conditions)
            .equal(model.forward(at::cat({latents, conditions.channels_bcfhw}, 1), noon, text)));
    REQUIRE_THROWS_AS(model.forward(latents, noon, text), Error);
}

}  // namespace nightreel
