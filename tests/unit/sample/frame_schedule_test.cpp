#include "pipeline/sample/solver/frame_schedule.h"

#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/sample/solver/schedule.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

const std::vector<double> six_timesteps = diffusers_flow_grid(6, 5).timesteps;

}  // namespace

TEST_CASE("without a lag all frames move together, once a step", "[sample]") {
    const auto rows = frame_schedule({.frames = 8, .window = 8, .block = 2}, six_timesteps);
    REQUIRE(rows.size() == six_timesteps.size());
    for (std::size_t step = 0; step < rows.size(); ++step) {
        const auto here = static_cast<std::int64_t>(six_timesteps[step]);
        REQUIRE(rows[step].timesteps == std::vector<std::int64_t>(8, here));
        REQUIRE(rows[step].moves == std::vector<bool>(8, true));
    }
}

TEST_CASE("every frame takes every step once, in order, while the window shows it", "[sample]") {
    for (const FrameScheduleSettings& settings :
         {FrameScheduleSettings{.frames = 9, .window = 9, .lag = 2},
          FrameScheduleSettings{.frames = 12, .window = 6, .block = 3, .lag = 3},
          FrameScheduleSettings{.frames = 10, .window = 4, .block = 2, .lag = 4}}) {
        const auto rows = frame_schedule(settings, six_timesteps);
        for (std::int32_t frame = 0; frame < settings.frames; ++frame) {
            const auto place = static_cast<std::size_t>(frame);
            std::vector<std::int32_t> taken;
            for (const FrameScheduleRow& row : rows) {
                if (!row.moves[place]) continue;
                REQUIRE(row.window_begin <= frame);
                REQUIRE(frame < row.window_end);
                taken.push_back(row.steps[place]);
            }
            CAPTURE(settings.lag, frame);
            REQUIRE(taken == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
        }
        const std::int32_t blocks = settings.frames / settings.block;
        REQUIRE(rows.size() ==
                six_timesteps.size() + static_cast<std::size_t>((blocks - 1) * settings.lag));
    }
}

TEST_CASE("finished frames do not move, and frames that fill no block never do", "[sample]") {
    const auto rows =
        frame_schedule({.frames = 7, .window = 7, .block = 2, .lag = 1, .ready = 2}, six_timesteps);
    for (const FrameScheduleRow& row : rows) {
        REQUIRE(row.moves.size() == 6);
        REQUIRE_FALSE(row.moves[0]);
        REQUIRE(row.timesteps[1] == 0);
    }
}

TEST_CASE(
    "a lag that lets frames move outside of the window is refused with the least that does "
    "not",
    "[sample]") {
    REQUIRE_THROWS_WITH(
        frame_schedule({.frames = 12, .window = 6, .block = 3, .lag = 2}, six_timesteps),
        Catch::Contains("3 at least is needed"));
    REQUIRE_NOTHROW(
        frame_schedule({.frames = 12, .window = 6, .block = 3, .lag = 3}, six_timesteps));
}

}  // namespace nightreel
