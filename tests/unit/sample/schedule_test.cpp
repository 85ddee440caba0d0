#include "pipeline/sample/solver/schedule.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

void require_levels(const SigmaGrid& grid, const std::vector<double>& expected, double margin) {
    REQUIRE(grid.sigmas.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(grid.sigmas[i] == Approx(expected[i]).margin(margin));
    }
}

constexpr Schedule all_schedules[] = {
    Schedule::uniform, Schedule::wan, Schedule::diffusers_flow, Schedule::diffusers_euler};

}  // namespace

// Published tables of the four conventions at four steps and shift 5.
TEST_CASE("each convention gives its own table", "[sample]") {
    const SigmaGrid wan = wan_grid(4, 5);
    require_levels(wan, {0.9998, 0.937265, 0.833055, 0.624687, 0}, 1e-6);
    REQUIRE(wan.timesteps == std::vector<double>{999, 937, 833, 624});
    const SigmaGrid flow = diffusers_flow_grid(4, 5);
    require_levels(flow, {0.999999, 0.937578, 0.833611, 0.625936, 0}, 1e-6);
    REQUIRE(flow.timesteps == std::vector<double>{999, 937, 833, 625});
    require_levels(diffusers_euler_grid(4, 5), {1, 0.90971, 0.71732, 0.02441, 0}, 1e-5);
    require_levels(uniform_grid(4, 5), {1, 0.9375, 0.833333, 0.625, 0}, 1e-6);
    require_levels(given_sigmas_grid(std::vector<double>{1, 0.75, 0.5, 0.25}, 5),
                   {1, 0.9375, 0.833333, 0.625, 0},
                   1e-6);
}

TEST_CASE("levels that settings list are final, timesteps are told as they are", "[sample]") {
    SamplingSettings settings{.steps = 4, .shift = 5};
    settings.sigmas = {1, 0.9375, 0.83333, 0.625};
    require_levels(make_grid(settings), {1, 0.9375, 0.83333, 0.625, 0}, 1e-6);
    REQUIRE(make_grid(settings).timesteps[1] == 937.5);

    settings.sigmas.reset();
    settings.timesteps = {1000, 757, 522};
    settings.shift = 8;
    const SigmaGrid grid = make_grid(settings);
    REQUIRE(grid.timesteps == std::vector<double>{1000, 757, 522});
    // Neither 0.757 itself nor moved by the shift once more (0.961).
    require_levels(grid, {1, 0.756757, 0.521739, 0}, 1e-5);
    settings.shift = 1;
    require_levels(make_grid(settings), {1, 0.757, 0.522, 0}, 1e-6);
}

TEST_CASE("every grid falls from nearly pure noise to none, one level more than steps",
          "[sample]") {
    for (const Schedule schedule : all_schedules) {
        for (const int steps : {1, 2, 3, 20, 50, 1000}) {
            const SigmaGrid grid = make_grid(schedule, steps, 3);
            CAPTURE(word_of(schedule), steps);
            REQUIRE(grid.steps() == steps);
            REQUIRE(grid.sigmas.size() == static_cast<std::size_t>(steps) + 1);
            REQUIRE(grid.sigmas.front() > 0.999F);
            REQUIRE(grid.sigmas.back() == 0.0F);
            for (std::size_t i = 1; i < grid.sigmas.size(); ++i) {
                REQUIRE(grid.sigmas[i] < grid.sigmas[i - 1]);
            }
        }
    }
}

TEST_CASE("a shift of 1 moves nothing and a larger one moves towards noise", "[sample]") {
    REQUIRE(shifted(0.3, 1) == Approx(0.3));
    REQUIRE(shifted(0.3, 3) > 0.3);
    REQUIRE(shifted(0.0, 7) == 0.0);
    REQUIRE(shifted(1.0, 7) == 1.0);
    REQUIRE(shifted(shifted(0.4, 3), 5) == Approx(shifted(0.4, 15)));
}

TEST_CASE("a run that moves only a part of the way takes the last steps of the whole grid",
          "[sample]") {
    const SigmaGrid whole = diffusers_flow_grid(6, 3);
    REQUIRE(first_step_of(6, 1) == 0);
    REQUIRE(first_step_of(6, 0.7) == 2);  // 4.2 steps are 4
    const SigmaGrid part = from_step(whole, 2);
    REQUIRE(part.steps() == 4);
    REQUIRE(part.timesteps.front() == whole.timesteps[2]);
    REQUIRE(part.sigmas.front() == whole.sigmas[2]);
    REQUIRE(part.sigmas.back() == 0);
    REQUIRE_THROWS_AS(first_step_of(6, 0.1), Error);
    REQUIRE_THROWS_AS(first_step_of(6, 1.1), Error);
}

TEST_CASE("a run without steps is refused", "[sample]") {
    REQUIRE_THROWS_AS(make_grid(Schedule::wan, 0, 3), Error);
}

}  // namespace nightreel
