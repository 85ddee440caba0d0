#include "pipeline/sample/windows/window_exchange.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/plan/strategy/window_rounds.h"
#include "shotspec/base/error.h"

// Windows as tasks of their own, with networks that are functions.

namespace nightreel {

namespace {

at::Tensor ripples(at::IntArrayRef shape, double scale) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    return tensor.copy_(at::arange(tensor.numel(), at::kFloat).mul(scale).sin().view(shape));
}

// Of all that is shown.
at::Tensor blending(const at::Tensor& x, const at::Tensor& timesteps) {
    const at::Tensor level = timesteps.dim() == 2 ? timesteps.view({x.size(0), 1, -1, 1, 1})
                                                  : timesteps.view({-1, 1, 1, 1, 1});
    return x.mean(2, true) + x * 0.3 + level / 1000;
}

struct ExchangedTake {
    SegmentTensors tensors;
    SamplingPlan plan;
    std::vector<LatentWindow> windows;
    std::int64_t front = 0;
};

ExchangedTake exchanged_take(Solver solver, std::int64_t front) {
    ExchangedTake take{.plan = {uniform_grid(6, 3), solver, 1},
                       .windows = place_windows(23, {.latent_count = 7, .overlap = 2}),
                       .front = front};
    take.tensors.noise_bcfhw = ripples({1, 3, front + 23, 2, 4}, 1.7);
    // A frame that is given, in an overlap.
    take.tensors.clean_bcfhw = ripples({1, 3, front + 23, 2, 4}, 0.3);
    take.tensors.is_clean.assign(static_cast<std::size_t>(front + 23), false);
    take.tensors.is_clean[static_cast<std::size_t>(front + take.windows.at(1).own_first())] = true;
    return take;
}

// All of its tasks one after the other.
at::Tensor run_rounds(const ExchangedTake& take, std::int32_t exchange) {
    std::vector<NamedTensors> done;
    for (const PlannedRound& task :
         plan_window_rounds(take.windows, take.plan.grid.steps(), exchange)) {
        std::vector<WindowPart> parts;
        for (std::size_t i = 0; i < task.states_of.size(); ++i) {
            parts.push_back({static_cast<std::size_t>(task.round.states[i].window),
                             done.at(task.states_of[i])});
        }
        if (!task.round.window) {
            const NamedTensors all = averaged(take.windows, parts, {.count = 23}, take.front);
            return all.at("latents");
        }
        const LatentWindow& window = take.windows.at(static_cast<std::size_t>(*task.round.window));
        const SegmentTensors tensors = tensors_of_window(take.tensors, window, take.front);
        SamplingState state;
        state.latents_bcfhw = tensors.noise_bcfhw;
        if (!parts.empty()) {
            state = sampling_state_of(averaged(take.windows, parts, window, take.front),
                                      take.plan.solver);
        }
        LatentWindow whole{.count = window.count};
        whole.weights.assign(static_cast<std::size_t>(window.count), 1.0F);
        done.push_back(tensors_of(advance_windows({{blending, 1}},
                                                  tensors,
                                                  take.plan,
                                                  {{whole}, take.front},
                                                  std::move(state),
                                                  task.round.step_end)));
    }
    return {};
}

}  // namespace

TEST_CASE("an exchange after each step is the take that shares each step", "[sample]") {
    for (const Solver solver : {Solver::euler, Solver::unipc, Solver::dpm}) {
        const ExchangedTake take = exchanged_take(solver, 0);
        const at::Tensor shared =
            sample_windows({{blending, 1}}, take.tensors, take.plan, {take.windows});
        const at::Tensor exchanged = run_rounds(take, 1);
        for (std::int64_t frame = 0; frame < 23; ++frame) {
            // What the network was not asked for is put in its place at the end.
            if (take.tensors.is_clean[static_cast<std::size_t>(frame)]) continue;
            CHECK(at::allclose(exchanged.select(2, frame), shared.select(2, frame), 0, 1e-4));
        }
        CHECK_FALSE(at::allclose(run_rounds(take, 3), shared, 0, 1e-3));
    }
}

TEST_CASE("with frames in front of the take the exchange is of one size with it", "[sample]") {
    const ExchangedTake take = exchanged_take(Solver::unipc, 2);
    const at::Tensor joined = run_rounds(take, 2);
    CHECK(joined.size(2) == 25);
    CHECK(at::isfinite(joined).all().item<bool>());
}

TEST_CASE("what is averaged is weighted as the windows are, and nothing may be missing",
          "[sample]") {
    const std::vector<LatentWindow> windows = place_windows(9, {.latent_count = 6, .overlap = 2});
    REQUIRE(windows.size() == 2);
    const auto part = [&](std::size_t window, float value, std::int64_t step) {
        return WindowPart{window,
                          {{"counts", at::tensor({step, std::int64_t{0}}, at::kLong)},
                           {"latents", at::full({1, 1, 6, 1, 1}, value)}}};
    };
    const at::Tensor all =
        averaged(windows, {part(0, 0, 3), part(1, 9, 3)}, {.count = 9}, 0).at("latents").flatten();
    CHECK(at::allclose(all, at::tensor({0., 0., 0., 0., 3., 6., 9., 9., 9.}, at::kFloat)));
    // What a window shows of the one before it, its anchor included.
    const at::Tensor second =
        averaged(windows, {part(0, 0, 3), part(1, 9, 3)}, windows[1], 0).at("latents").flatten();
    CHECK(at::allclose(second, at::tensor({0., 3., 6., 9., 9., 9.}, at::kFloat)));
    CHECK_THROWS_AS(averaged(windows, {part(0, 0, 3)}, {.count = 9}, 0), Error);
    CHECK_THROWS_AS(averaged(windows, {part(0, 0, 3), part(1, 9, 2)}, {.count = 9}, 0), Error);
    CHECK_THROWS_AS(averaged(windows, {}, {.count = 9}, 0), Error);
}

}  // namespace nightreel
