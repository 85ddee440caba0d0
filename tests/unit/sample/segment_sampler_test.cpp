#include "pipeline/sample/segment_sampler.h"

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
    return segment;
}

SamplingPlan plan_of(Solver solver, int steps, double guidance = 1) {
    return {uniform_grid(steps, 3), solver, guidance};
}

// Gives frames `first` and following of the segment.
void give(SegmentTensors& segment, std::int64_t first, const at::Tensor& latents) {
    if (!segment.clean_bcfhw.defined()) {
        segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
    }
    segment.clean_bcfhw.narrow(2, first, latents.size(2)).copy_(latents);
    for (std::int64_t i = 0; i < latents.size(2); ++i) {
        segment.is_clean[static_cast<std::size_t>(first + i)] = true;
    }
}

// Depends on all that a network sees: neighbours in time and each frame's timestep.
at::Tensor mixing_velocity(const at::Tensor& x, const at::Tensor& timesteps) {
    const at::Tensor level = timesteps.dim() == 2 ? timesteps.view({x.size(0), 1, -1, 1, 1})
                                                  : timesteps.view({-1, 1, 1, 1, 1});
    return x.mean(2, true) + x * 0.3 + level / 1000;
}

constexpr Solver both_solvers[] = {Solver::euler, Solver::unipc};

}  // namespace

TEST_CASE("no velocity leaves the noise as it is", "[sample]") {
    const SegmentTensors segment = noisy_segment(3);
    const Velocity still = [](const at::Tensor& x, const at::Tensor&) { return at::zeros_like(x); };
    REQUIRE(
        at::equal(sample_latents(still, segment, plan_of(Solver::euler, 5)), segment.noise_bcfhw));
}

TEST_CASE("given frames come out as they went in, wherever they stand", "[sample]") {
    for (const Solver solver : both_solvers) {
        SegmentTensors segment = noisy_segment(6);
        const at::Tensor front = numbers({1, 3, 2, 2, 4}, 0.9);
        const at::Tensor back = numbers({1, 3, 1, 2, 4}, 0.4);
        give(segment, 0, front);
        give(segment, 5, back);
        const at::Tensor x = sample_latents(mixing_velocity, segment, plan_of(solver, 4));
        REQUIRE(at::equal(x.narrow(2, 0, 2), front));
        REQUIRE(at::equal(x.narrow(2, 5, 1), back));
        REQUIRE_FALSE(at::allclose(x.narrow(2, 2, 3), segment.noise_bcfhw.narrow(2, 2, 3)));
    }
}

TEST_CASE("the network sees references and given frames at timestep 0, the others at the step's",
          "[sample]") {
    SegmentTensors segment = noisy_segment(3);
    segment.references_bcrhw = numbers({1, 3, 2, 2, 4}, 0.2);
    const at::Tensor given = numbers({1, 3, 1, 2, 4}, 0.9);
    give(segment, 0, given);
    const SamplingPlan plan = plan_of(Solver::euler, 3);
    int steps = 0;
    const at::Tensor x = sample_latents(
        [&](const at::Tensor& seen, const at::Tensor& timesteps) {
            REQUIRE(seen.size(2) == 5);
            REQUIRE(at::equal(seen.narrow(2, 0, 2), segment.references_bcrhw));
            REQUIRE(at::equal(seen.narrow(2, 2, 1), given));
            const auto now = plan.grid.timesteps[static_cast<std::size_t>(steps++)];
            REQUIRE(at::allclose(
                timesteps,
                at::tensor(std::vector<double>{0, 0, 0, now, now}, at::kFloat).unsqueeze(0)));
            return mixing_velocity(seen, timesteps);
        },
        segment,
        plan);
    REQUIRE(steps == 3);
    REQUIRE(x.size(2) == 3);
}

TEST_CASE("a frame is its noised clip down to its level, and at level 0 to the end", "[sample]") {
    for (const Solver solver : both_solvers) {
        SegmentTensors segment = noisy_segment(3);
        const at::Tensor clip = numbers({1, 3, 3, 2, 4}, 0.9);
        const SamplingPlan plan = plan_of(solver, 6);
        const at::Tensor noise = segment.noise_bcfhw.clone();
        const double level = plan.grid.sigma(3);
        segment.hold = LatentHold{clip, noise, {0, level, 1}};
        const auto mixed = [&](int step, std::int64_t frame) {
            const double sigma = plan.grid.sigma(step);
            return ((1 - sigma) * clip + sigma * noise).select(2, frame);
        };
        segment.noise_bcfhw = (1 - plan.grid.sigma(0)) * clip + plan.grid.sigma(0) * noise;
        int step = 0;
        const at::Tensor x = sample_latents(
            [&](const at::Tensor& seen, const at::Tensor& timesteps) {
                CHECK(at::allclose(seen.select(2, 0), mixed(step, 0)));
                CHECK(at::allclose(seen.select(2, 1), mixed(step, 1)) == (step <= 3));
                CHECK(at::allclose(seen.select(2, 2), mixed(step, 2)) == (step == 0));
                ++step;
                return mixing_velocity(seen, timesteps);
            },
            segment,
            plan);
        CHECK(step == 6);
        CHECK(at::allclose(x.select(2, 0), clip.select(2, 0)));
        CHECK_FALSE(at::allclose(x.select(2, 1), clip.select(2, 1)));
    }
}

TEST_CASE("what is given changes what is drawn", "[sample]") {
    SegmentTensors with_history = noisy_segment(4);
    give(with_history, 0, numbers({1, 3, 1, 2, 4}, 0.9));
    SegmentTensors with_reference = noisy_segment(4);
    with_reference.references_bcrhw = numbers({1, 3, 1, 2, 4}, 0.2);
    const SamplingPlan plan = plan_of(Solver::unipc, 4);
    const at::Tensor plain = sample_latents(mixing_velocity, noisy_segment(4), plan);
    const auto rest = [](const at::Tensor& x) { return x.narrow(2, 1, 3); };
    const at::Tensor history = sample_latents(mixing_velocity, with_history, plan);
    const at::Tensor reference = sample_latents(mixing_velocity, with_reference, plan);
    REQUIRE_FALSE(at::allclose(rest(history), rest(plain)));
    REQUIRE_FALSE(at::allclose(rest(reference), rest(plain)));
}

TEST_CASE("with guidance the network is asked once a step, for both halves", "[sample]") {
    int calls = 0;
    const Velocity halves = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        ++calls;
        REQUIRE(x.size(0) == 2);
        REQUIRE(timesteps.size(0) == 2);
        REQUIRE(at::equal(x[0], x[1]));
        return at::stack({at::full_like(x[0], 3.0), at::full_like(x[0], 1.0)});
    };
    // 1 + 4 (3 - 1) = 9, from level 1 to level 0.
    const SegmentTensors segment = noisy_segment(2);
    const at::Tensor x = sample_latents(halves, segment, plan_of(Solver::euler, 5, 4));
    REQUIRE(calls == 5);
    REQUIRE(at::allclose(x, segment.noise_bcfhw - 9, 1e-5, 1e-5));
}

TEST_CASE("each step is taken by the expert of its timestep, with that one's guidance",
          "[sample]") {
    std::vector<double> asked_first;
    std::vector<double> asked_last;
    const auto expert = [](std::vector<double>& asked, std::int64_t batch) {
        return [&asked, batch](const at::Tensor& x, const at::Tensor& timesteps) {
            REQUIRE(x.size(0) == batch);
            asked.push_back(timesteps[0].item<double>());
            return at::ones_like(x);
        };
    };
    const SamplingPlan plan = plan_of(Solver::euler, 6);
    const double boundary = plan.grid.timesteps[3];
    std::vector<std::size_t> experts;
    (void)sample_latents({{expert(asked_first, 2), 4, boundary}, {expert(asked_last, 1), 1}},
                         noisy_segment(2),
                         plan,
                         [&](const SampledStep& step) { experts.push_back(step.expert); });
    REQUIRE(asked_first.size() == 4);
    REQUIRE(asked_first.back() == Approx(boundary));
    REQUIRE(asked_last.size() == 2);
    REQUIRE(experts == std::vector<std::size_t>{0, 0, 0, 0, 1, 1});
}

TEST_CASE("what the solver remembers goes from one expert to the next", "[sample]") {
    const SamplingPlan plan = plan_of(Solver::unipc, 6);
    const at::Tensor one = sample_latents(mixing_velocity, noisy_segment(3), plan);
    const at::Tensor two = sample_latents(
        {{mixing_velocity, 1, plan.grid.timesteps[2]}, {mixing_velocity}}, noisy_segment(3), plan);
    REQUIRE(at::equal(one, two));
}

TEST_CASE("the watch sees each step once and may end the work", "[sample]") {
    int seen = 0;
    const auto watch = [&](const SampledStep& step) {
        REQUIRE(step.step == seen++);
        if (seen == 2) throw Error(ErrorKind::cancelled, "somebody asked");
    };
    REQUIRE_THROWS_AS(
        sample_latents(mixing_velocity, noisy_segment(2), plan_of(Solver::euler, 9), watch), Error);
    REQUIRE(seen == 2);
}

}  // namespace nightreel
