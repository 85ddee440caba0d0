#include "pipeline/sample/frame_sampler.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

at::Tensor numbers(at::IntArrayRef shape, double scale) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    return tensor.copy_(at::arange(tensor.numel(), at::kFloat).mul(scale).sin().view(shape));
}

SegmentTensors noisy_segment(std::int64_t frames) {
    SegmentTensors segment;
    segment.noise_bcfhw = numbers({1, 3, frames, 2, 4}, 1.7);
    segment.fresh_noise = [frames](int step) { return numbers({1, 3, frames, 2, 4}, 0.3 + step); };
    return segment;
}

void give(SegmentTensors& segment, std::int64_t first, std::int64_t count) {
    if (!segment.clean_bcfhw.defined()) {
        segment.clean_bcfhw = numbers(segment.noise_bcfhw.sizes(), 0.9);
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
    }
    std::fill_n(segment.is_clean.begin() + first, count, true);
}

SamplingPlan plan_of(Solver solver, int steps, const ForcingSettings& forcing) {
    SamplingPlan plan;
    plan.grid = diffusers_flow_grid(steps, 3);
    plan.solver = solver;
    plan.forcing = forcing;
    return plan;
}

// Depends on a frame and its own timestep only.
at::Tensor lone_velocity(const at::Tensor& x, const at::Tensor& timesteps) {
    return x * 0.3 + timesteps.view({x.size(0), 1, -1, 1, 1}) / 1000;
}

constexpr Solver solvers[] = {Solver::euler, Solver::unipc, Solver::dpm, Solver::few_step};

}  // namespace

TEST_CASE("when frames do not see each other, the lag between them changes nothing", "[sample]") {
    for (const Solver solver : solvers) {
        const SegmentTensors segment = noisy_segment(6);
        const at::Tensor together =
            sample_latents(lone_velocity, segment, plan_of(solver, 5, {.block = 2}));
        for (const std::int32_t lag : {1, 2, 5, 9}) {
            const SamplingPlan plan = plan_of(solver, 5, {.block = 2, .lag = lag});
            REQUIRE(at::equal(sample_latents(lone_velocity, segment, plan), together));
        }
    }
}

TEST_CASE("without lag, frames move as a clip does whose solver remembers all of them",
          "[sample]") {
    // UniPC's second step differs on purpose.
    for (const Solver solver : {Solver::euler, Solver::dpm, Solver::few_step}) {
        const SegmentTensors segment = noisy_segment(3);
        SamplingPlan plan = plan_of(solver, 6, {});
        const Velocity velocity = [](const at::Tensor& x, const at::Tensor& timesteps) {
            return x.mean(2, true) + x * 0.2 + timesteps.max() / 1000;
        };
        const at::Tensor apart = sample_latents(velocity, segment, plan);
        plan.forcing.reset();
        REQUIRE(at::allclose(apart, sample_latents(velocity, segment, plan), 1e-6, 1e-6));
    }
}

TEST_CASE("a lagging block waits in noise and is shown as such", "[sample]") {
    const SegmentTensors segment = noisy_segment(4);
    const SamplingPlan plan = plan_of(Solver::euler, 3, {.block = 2, .lag = 2});
    std::vector<SampledStep> steps;
    sample_latents(
        lone_velocity, segment, plan, [&](const SampledStep& step) { steps.push_back(step); });
    REQUIRE(steps.size() == 5);
    REQUIRE(steps.front().steps == 5);
    REQUIRE(at::equal(steps[1].seen.narrow(2, 2, 2), segment.noise_bcfhw.narrow(2, 2, 2)));
    REQUIRE(at::equal(steps[1].timesteps.narrow(1, 2, 2), at::full({1, 2}, 999.0F)));
    // The first block has arrived before the second one has.
    REQUIRE(at::equal(steps[4].timesteps.narrow(1, 0, 2), at::zeros({1, 2})));
    REQUIRE(at::equal(steps[4].seen.narrow(2, 0, 2), steps[2].latents.narrow(2, 0, 2)));
}

TEST_CASE("history is shown with the noise that was asked for and comes out as it went in",
          "[sample]") {
    SegmentTensors segment = noisy_segment(4);
    give(segment, 0, 2);
    const SamplingPlan plan = plan_of(Solver::unipc, 3, {.history_noise = 20});
    const at::Tensor history = segment.clean_bcfhw.narrow(2, 0, 2);
    int calls = 0;
    const at::Tensor x = sample_latents(
        [&](const at::Tensor& seen, const at::Tensor& timesteps) {
            const at::Tensor drawn = segment.fresh_noise(3 + calls++).narrow(2, 0, 2);
            REQUIRE(at::allclose(seen.narrow(2, 0, 2), history * 0.98 + drawn * 0.02));
            REQUIRE(at::equal(timesteps.narrow(1, 0, 2), at::full({1, 2}, 20.0F)));
            return lone_velocity(seen, timesteps);
        },
        segment,
        plan);
    REQUIRE(calls == 3);
    REQUIRE(at::equal(x.narrow(2, 0, 2), history));
}

TEST_CASE("a given last frame is shown clean, costs no calls and comes out as it went in",
          "[sample]") {
    SegmentTensors segment = noisy_segment(4);
    give(segment, 3, 1);
    int calls = 0;
    const at::Tensor x = sample_latents(
        [&](const at::Tensor& seen, const at::Tensor& timesteps) {
            ++calls;
            REQUIRE(timesteps[0][3].item<float>() == 0);
            return lone_velocity(seen, timesteps);
        },
        segment,
        plan_of(Solver::unipc, 4, {.lag = 1}));
    REQUIRE(calls == 6);  // 4 steps, and a lag of 1 for each of 2 frames after the first
    REQUIRE(at::equal(x.narrow(2, 3, 1), segment.clean_bcfhw.narrow(2, 3, 1)));
}

TEST_CASE("frames that do not fill blocks are refused instead of left as noise", "[sample]") {
    const SegmentTensors segment = noisy_segment(5);
    const SamplingPlan plan = plan_of(Solver::euler, 3, {.block = 2});
    REQUIRE_THROWS_AS(sample_latents(lone_velocity, segment, plan), Error);
}

}  // namespace nightreel
