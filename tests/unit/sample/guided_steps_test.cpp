#include "pipeline/sample/guided_steps.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/step_cache.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

SegmentTensors noisy_segment() {
    SegmentTensors segment;
    segment.noise_bcfhw = at::arange(48, at::kFloat).mul(1.7).sin().view({1, 3, 2, 2, 4});
    return segment;
}

SamplingPlan plan_of(int steps, double guidance_until) {
    return {uniform_grid(steps, 3), Solver::euler, 4, {}, guidance_until};
}

// With the prompt one thing, without it another, whatever is shown.
at::Tensor constant_velocity(const at::Tensor& x, const at::Tensor&) {
    at::Tensor velocity = at::full_like(x, 3.0);
    if (x.size(0) == 2) velocity[1].fill_(1.0);
    return velocity;
}

at::Tensor moving_velocity(const at::Tensor& x, const at::Tensor& timesteps) {
    at::Tensor velocity = x * 0.3 + timesteps.view({-1, 1, 1, 1, 1}) / 1000;
    if (x.size(0) == 2) velocity[1].mul_(0.5);
    return velocity;
}

struct Counted {
    at::Tensor latents;
    std::vector<std::int64_t> batches;  // of each call of the network
    int reused = 0;
};

Counted counted(const Velocity& velocity, const SamplingPlan& plan) {
    Counted counted;
    const Velocity counting = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        REQUIRE(timesteps.size(0) == x.size(0));
        counted.batches.push_back(x.size(0));
        return velocity(x, timesteps);
    };
    counted.latents = sample_latents(counting, noisy_segment(), plan, [&](const SampledStep& step) {
        counted.reused += step.has_reused ? 1 : 0;
    });
    return counted;
}

}  // namespace

TEST_CASE("after its share of the steps the network is asked with the prompt alone", "[sample]") {
    const Counted half = counted(moving_velocity, plan_of(8, 0.5));
    REQUIRE(half.batches == std::vector<std::int64_t>{2, 2, 2, 2, 1, 1, 1, 1});
    REQUIRE(half.reused == 4);
    // There has to be one difference to keep.
    const Counted none = counted(moving_velocity, plan_of(3, 0));
    REQUIRE(none.batches == std::vector<std::int64_t>{2, 1, 1});
    const Counted always = counted(moving_velocity, plan_of(3, 1));
    REQUIRE(always.batches == std::vector<std::int64_t>{2, 2, 2});
}

TEST_CASE("a constant velocity is the same whenever guidance ends", "[sample]") {
    const at::Tensor exact = counted(constant_velocity, plan_of(6, 1)).latents;
    REQUIRE(counted(constant_velocity, plan_of(6, 0.5)).latents.equal(exact));
    REQUIRE(counted(constant_velocity, plan_of(6, 0)).latents.equal(exact));
    REQUIRE_FALSE(counted(moving_velocity, plan_of(6, 0.5))
                      .latents.equal(counted(moving_velocity, plan_of(6, 1)).latents));
}

TEST_CASE("the velocity with a kept difference is the prompt's and the rest of the guidance",
          "[sample]") {
    const std::vector<Expert> experts{{moving_velocity, 4}};
    const SamplingPlan plan = plan_of(2, 0.5);
    GuidedSteps network(experts, plan);
    SampledStep first;
    first.steps = 2;
    first.seen = noisy_segment().noise_bcfhw;
    first.timesteps = at::full({1}, 900.0);
    (void)network.velocity(first);
    SampledStep second = first;
    second.step = 1;
    second.timesteps = at::full({1}, 500.0);
    const at::Tensor guided = network.velocity(second);
    const at::Tensor difference = first.predicted[0] - first.predicted[1];
    REQUIRE(second.has_reused);
    REQUIRE(guided.sizes() == first.seen.sizes());
    REQUIRE(guided[0].allclose(second.predicted[0] + difference * 3, 1e-5, 1e-6));
}

TEST_CASE("guidance acts in its interval of the steps, and the prompt alone is asked elsewhere",
          "[sample]") {
    SamplingPlan plan = plan_of(8, 1);
    plan.guidance_interval = {.start = 0.25, .stop = 0.75};
    const Counted inside = counted(constant_velocity, plan);
    REQUIRE(inside.batches == std::vector<std::int64_t>{1, 1, 2, 2, 2, 2, 1, 1});
    // 3 with the prompt, 1 without: 1 + 4 x 2 where guidance acts.
    at::Tensor wanted = noisy_segment().noise_bcfhw.clone();
    for (std::size_t i = 0; i < 8; ++i) {
        const double step = plan.grid.sigmas[i + 1] - plan.grid.sigmas[i];
        wanted.add_(step * (i >= 2 && i < 6 ? 9 : 3));
    }
    REQUIRE(inside.latents.allclose(wanted, 1e-5, 1e-6));

    // Shares of a step are rounded down, as diffusers has it.
    plan.guidance_interval = {.start = 0.2, .stop = 0.99};
    REQUIRE(counted(constant_velocity, plan).batches ==
            std::vector<std::int64_t>{1, 2, 2, 2, 2, 2, 2, 1});
    plan.guidance_interval = GuidanceInterval{};
    REQUIRE(counted(moving_velocity, plan)
                .latents.equal(counted(moving_velocity, plan_of(8, 1)).latents));
}

TEST_CASE("inside its interval the difference of guidance can be kept", "[sample]") {
    SamplingPlan plan = plan_of(8, 0.5);
    plan.guidance_interval = {.start = 0.25, .stop = 0.75};
    const Counted both = counted(moving_velocity, plan);
    REQUIRE(both.batches == std::vector<std::int64_t>{1, 1, 2, 2, 1, 1, 1, 1});
    REQUIRE(both.reused == 2);
}

TEST_CASE("an expert that takes over computes what those after it keep", "[sample]") {
    SamplingPlan plan = plan_of(8, 0.25);
    std::vector<std::int64_t> batches;
    const Velocity counting = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        batches.push_back(x.size(0));
        return moving_velocity(x, timesteps);
    };
    (void)sample_latents(
        {{counting, 4, plan.grid.timesteps[4]}, {counting, 2}}, noisy_segment(), plan);
    REQUIRE(batches == std::vector<std::int64_t>{2, 2, 1, 1, 1, 2, 1, 1});
}

TEST_CASE("guided references: the prediction that guidance leads away from sees neither them nor "
          "the prompt",
          "[sample]") {
    const at::Tensor noise = noisy_segment().noise_bcfhw;
    SampledStep step;
    step.steps = 1;
    step.references = 1;
    step.seen = at::cat({at::ones_like(noise.narrow(2, 0, 1)), noise}, 2);
    step.timesteps = at::tensor({0.0F, 900.0F, 900.0F}).view({1, 3});
    const Velocity with = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        REQUIRE(timesteps.sizes() == at::IntArrayRef({1, 3}));
        return x * 0.5;
    };
    const Velocity without = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        REQUIRE(x.equal(noise));
        REQUIRE(timesteps.equal(at::full({1, 2}, 900.0F)));
        return x * 0.25;
    };
    const std::vector<Expert> experts{{.velocity = with, .guidance = 4, .unreferenced = without}};
    const SamplingPlan plan = plan_of(1, 1);
    GuidedSteps network(experts, plan);
    const at::Tensor velocity = network.velocity(step);
    // A quarter without, and four times the other quarter.
    REQUIRE(velocity.narrow(2, 1, 2).allclose(noise * 1.25, 1e-5, 1e-6));
    REQUIRE(velocity.narrow(2, 0, 1).allclose(at::full_like(velocity.narrow(2, 0, 1), 0.5)));

    // Without references it is asked as ever: both in one batch.
    std::vector<std::int64_t> batches;
    const Velocity plain = [&](const at::Tensor& x, const at::Tensor&) {
        batches.push_back(x.size(0));
        return x;
    };
    const std::vector<Expert> no_references{
        {.velocity = plain, .guidance = 4, .unreferenced = without}};
    GuidedSteps other(no_references, plan);
    step.references = 0;
    (void)other.velocity(step);
    REQUIRE(batches == std::vector<std::int64_t>{2});
}

TEST_CASE("a step cache is told of each step, and forgets when an expert takes over", "[sample]") {
    const SamplingPlan plan = plan_of(9, 1);
    // Estimates a change of one hundredth a step; two first steps are computed.
    StepCache cache({{{0, 0, 0, 0, 0.01}, 2}, 1});
    int blocks = 0;
    const Velocity cached = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        TimeModulation time;
        time.projected_u6d = timesteps[0].view({1, 1, 1}).expand({1, 6, 4}).clone();
        at::Tensor tokens = x.flatten(2).clone();
        cache.pass(time, tokens, [&] { ++blocks; });
        return at::ones_like(x);
    };
    std::vector<bool> skipped;
    (void)sample_latents({{cached, 4, plan.grid.timesteps[4], &cache}, {cached, 1, 0, &cache}},
                         noisy_segment(),
                         plan,
                         [&](const SampledStep& step) { skipped.push_back(step.has_skipped); });
    REQUIRE(skipped == std::vector<bool>{false, false, true, true, true, false, true, true, false});
    REQUIRE(blocks == 4);
}

TEST_CASE("frames that start one after the other are not approximated, in words", "[sample]") {
    SamplingPlan plan = plan_of(4, 0.5);
    plan.forcing = ForcingSettings{.block = 1, .lag = 1};
    REQUIRE_THROWS_WITH(sample_latents(moving_velocity, noisy_segment(), plan),
                        Catch::Contains("guidance_until: 1"));
    plan.guidance_until = 1;
    plan.guidance_interval = {.start = 0, .stop = 0.5};
    REQUIRE_THROWS_WITH(sample_latents(moving_velocity, noisy_segment(), plan),
                        Catch::Contains("no guidance_interval"));
    plan.guidance_interval.reset();
    StepCache cache({{{0, 0, 0, 0, 0.01}, 2}, 1});
    const std::vector<Expert> experts{{moving_velocity, 1, 0, &cache}};
    REQUIRE_THROWS_WITH(sample_latents(experts, noisy_segment(), plan),
                        Catch::Contains("step_cache: 0"));
    // Together they move as frames without levels of their own.
    plan.guidance_until = 0.5;
    plan.forcing = ForcingSettings{};
    std::vector<bool> reused;
    (void)sample_latents(std::vector<Expert>{{constant_velocity, 4}},
                         noisy_segment(),
                         plan,
                         [&](const SampledStep& step) { reused.push_back(step.has_reused); });
    REQUIRE(reused == std::vector<bool>{false, false, true, true});
}

}  // namespace nightreel
