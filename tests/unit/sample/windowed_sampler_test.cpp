#include "pipeline/sample/windows/windowed_sampler.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

at::Tensor waves(at::IntArrayRef shape, double scale) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    return tensor.copy_(at::arange(tensor.numel(), at::kFloat).mul(scale).sin().view(shape));
}

SegmentTensors take_of(std::int64_t frames) {
    SegmentTensors segment;
    segment.noise_bcfhw = waves({1, 3, frames, 2, 4}, 1.7);
    return segment;
}

SamplingPlan plan_with(Solver solver, int steps) {
    return {uniform_grid(steps, 3), solver, 1};
}

WindowedTake windows_of(std::int64_t frames, std::int32_t window, std::int32_t overlap) {
    return {place_windows(frames, {.latent_count = window, .overlap = overlap})};
}

std::vector<Expert> expert_of(Velocity velocity) {
    return {{std::move(velocity), 1}};
}

// Of each value alone.
at::Tensor elementwise(const at::Tensor& x, const at::Tensor&) {
    return x * 0.4 - x * x * 0.1 + 0.2;
}

// Of all that is shown.
at::Tensor mixing(const at::Tensor& x, const at::Tensor& timesteps) {
    const at::Tensor level = timesteps.dim() == 2 ? timesteps.view({x.size(0), 1, -1, 1, 1})
                                                  : timesteps.view({-1, 1, 1, 1, 1});
    return x.mean(2, true) + x * 0.3 + level / 1000;
}

constexpr Solver solvers[] = {Solver::euler, Solver::unipc, Solver::dpm};

}  // namespace

TEST_CASE("with a network of single values, windows change nothing", "[sample]") {
    for (const Solver solver : solvers) {
        for (const auto& [window, overlap] : {std::pair{5, 1}, {5, 3}, {9, 2}, {12, 7}}) {
            CAPTURE(window, overlap);
            const SegmentTensors segment = take_of(23);
            const SamplingPlan plan = plan_with(solver, 4);
            const at::Tensor whole = sample_latents(elementwise, segment, plan);
            const at::Tensor apart = sample_windows(
                expert_of(elementwise), segment, plan, windows_of(23, window, overlap));
            CHECK(at::allclose(apart, whole, 0, 1e-6));
        }
    }
}

TEST_CASE("each frame is the average of its windows by their weights", "[sample]") {
    const SegmentTensors segment = take_of(11);
    const WindowedTake take = windows_of(11, 6, 2);
    REQUIRE(take.windows.size() == 3);
    float asked = 0;
    const at::Tensor taken = sample_windows(expert_of([&](const at::Tensor& x, const at::Tensor&) {
                                                return at::full_like(x, asked++);
                                            }),
                                            segment,
                                            plan_with(Solver::euler, 1),
                                            take);
    // One step of Euler from 1 to 0 takes the average away.
    const at::Tensor average = (segment.noise_bcfhw - taken).select(1, 0).select(2, 0).select(2, 0);
    std::vector<double> expected(11);
    std::vector<double> sums(11);
    for (std::size_t n = 0; n < take.windows.size(); ++n) {
        const LatentWindow& window = take.windows[n];
        for (std::int32_t i = 0; i < window.count; ++i) {
            const auto frame = static_cast<std::size_t>(window.first + i);
            expected[frame] +=
                static_cast<double>(n) * double{window.weights[static_cast<std::size_t>(i)]};
            sums[frame] += double{window.weights[static_cast<std::size_t>(i)]};
        }
    }
    for (std::size_t frame = 0; frame < expected.size(); ++frame) {
        CAPTURE(frame);
        CHECK(average[0][static_cast<std::int64_t>(frame)].item<double>() ==
              Approx(expected[frame] / sums[frame]).margin(1e-6));
    }
}

TEST_CASE("one window is plain sampling, bit by bit", "[sample]") {
    for (const Solver solver : solvers) {
        const SegmentTensors segment = take_of(5);
        const SamplingPlan plan = plan_with(solver, 4);
        CHECK(at::equal(sample_windows(expert_of(mixing), segment, plan, windows_of(5, 9, 2)),
                        sample_latents(mixing, segment, plan)));
    }
}

TEST_CASE("a later window is shown the frame before its own and never decides it", "[sample]") {
    const SegmentTensors segment = take_of(11);
    const WindowedTake take = windows_of(11, 6, 2);
    const SamplingPlan plan = plan_with(Solver::euler, 1);
    std::size_t window = 0;
    const Velocity spoilt = [&](const at::Tensor& x, const at::Tensor& timesteps) {
        at::Tensor v = elementwise(x, timesteps);
        if (window++ > 0) v.select(2, 0).fill_(1000);
        return v;
    };
    CHECK(at::equal(sample_windows(expert_of(spoilt), segment, plan, take),
                    sample_windows(expert_of(elementwise), segment, plan, take)));
}

TEST_CASE("every window has the references, and given frames where they lie", "[sample]") {
    SegmentTensors segment = take_of(11);
    segment.references_bcrhw = waves({1, 3, 1, 2, 4}, 0.2);
    segment.clean_bcfhw = waves({1, 3, 11, 2, 4}, 0.9);
    segment.is_clean.assign(11, false);
    segment.is_clean[0] = true;
    const WindowedTake take = windows_of(11, 6, 2);
    std::size_t asked = 0;
    const at::Tensor taken =
        sample_windows(expert_of([&](const at::Tensor& x, const at::Tensor& timesteps) {
                           const bool is_first = asked++ % take.windows.size() == 0;
                           CHECK(at::equal(x.narrow(2, 0, 1), segment.references_bcrhw));
                           CHECK(x.size(2) == 7);
                           CHECK(timesteps.sizes() == at::IntArrayRef({1, 7}));
                           CHECK(timesteps[0][0].item<float>() == 0);
                           CHECK((timesteps[0][1].item<float>() == 0) == is_first);
                           CHECK(timesteps[0][2].item<float>() > 0);
                           return mixing(x, timesteps);
                       }),
                       segment,
                       plan_with(Solver::euler, 2),
                       take);
    CHECK(at::equal(taken.narrow(2, 0, 1), segment.clean_bcfhw.narrow(2, 0, 1)));
}

TEST_CASE("latents for references in control channels are in every window", "[sample]") {
    const SegmentTensors segment = take_of(12);  // one in front of eleven
    WindowedTake take = windows_of(11, 6, 2);
    take.front = 1;
    const at::Tensor taken =
        sample_windows(expert_of([&](const at::Tensor& x, const at::Tensor& t) {
                           CHECK(x.size(2) == 7);
                           return elementwise(x, t);
                       }),
                       segment,
                       plan_with(Solver::euler, 3),
                       take);
    CHECK(at::allclose(
        taken, sample_latents(elementwise, segment, plan_with(Solver::euler, 3)), 0, 1e-6));
}

TEST_CASE("sampling that stops after any step goes on to the same bytes", "[sample]") {
    for (const Solver solver : solvers) {
        const SegmentTensors segment = take_of(11);
        const SamplingPlan plan = plan_with(solver, 5);
        const WindowedTake take = windows_of(11, 6, 2);
        std::vector<NamedTensors> kept;
        const Resumption keeping{
            .keep = [&](const SamplingState& state) { kept.push_back(tensors_of(state)); }};
        const at::Tensor whole =
            sample_windows(expert_of(mixing), segment, plan, take, {}, keeping);
        REQUIRE(kept.size() == 4);
        for (const NamedTensors& tensors : kept) {
            int steps = 0;
            const at::Tensor rest = sample_windows(expert_of(mixing),
                                                   segment,
                                                   plan,
                                                   take,
                                                   [&](const SampledStep&) { ++steps; },
                                                   {.from = sampling_state_of(tensors, solver)});
            CHECK(at::equal(rest, whole));
            CHECK(steps < 5);
        }
        CHECK_THROWS_AS(sampling_state_of({}, solver), Error);
    }
}

}  // namespace nightreel
