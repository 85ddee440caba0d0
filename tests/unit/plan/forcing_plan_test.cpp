// What diffusion forcing makes of a plan: segments of whole blocks, orders that say it, calls of
// the network that are counted.

#include <catch2/catch.hpp>

#include "pipeline/plan/estimate/estimate_cost.h"
#include "pipeline/plan/plan_night.h"
#include "shotspec/base/error.h"
#include "tests/unit/plan/dice.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

const PlanOptions options{.output_path = "/out", .versions = {}};

ResolvedShot forced(const ForcingSettings& forcing) {
    ResolvedShot shot = shot_of("sh1", 29);  // 8 latent frames
    shot.sampling.forcing = forcing;
    return shot;
}

std::vector<PlannedTask> samples_of(const ResolvedShot& shot) {
    std::vector<PlannedTask> samples;
    for (const PlannedTask& task : plan_night(night_of({shot}), options).graph.tasks) {
        if (std::holds_alternative<SampleOrder>(task.order)) samples.push_back(task);
    }
    return samples;
}

}  // namespace

TEST_CASE("every order of a shot with forcing says it, through JSON and in its digest", "[plan]") {
    const ForcingSettings asked{.block = 1, .lag = 2, .history_noise = 20};
    const std::vector<PlannedTask> plain = samples_of(shot_of("sh1", 29));
    const std::vector<PlannedTask> samples = samples_of(forced(asked));
    REQUIRE(samples.size() == plain.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        CHECK(std::get<SampleOrder>(samples[i].order).sampling.forcing == asked);
        CHECK(samples[i].digest != plain[i].digest);
        const TaskOrder back = task_order_from_json(to_json_text(samples[i].order));
        CHECK(std::get<SampleOrder>(back).sampling.forcing == asked);
        CHECK(digest_of(back) == samples[i].digest);
        const TaskOrder plain_back = task_order_from_json(to_json_text(plain[i].order));
        CHECK_FALSE(std::get<SampleOrder>(plain_back).sampling.forcing);
        CHECK(digest_of(plain_back) == plain[i].digest);
    }
}

TEST_CASE("segments and what they share are whole blocks, and cover the take", "[plan]") {
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Dice dice(seed);
        const auto block = static_cast<std::int32_t>(dice.between(1, 6));
        const auto window = static_cast<std::int32_t>(dice.between(2, 6)) * block;
        const auto overlap = static_cast<std::int32_t>(dice.between(1, window / block - 1)) * block;
        ModelCard card = small_card();
        card.window.latent_frames_min = static_cast<std::int32_t>(dice.between(1, window));
        card.window.latent_frames_max = window;
        const std::int64_t frames = dice.between(1, dice.between(1, 1000));
        const SegmentPlan plan = plan_segments(frames, card, window, overlap, block);
        std::int64_t covered = 0;
        for (const Segment& segment : plan.segments) {
            REQUIRE(segment.latent_first + segment.history == covered);
            REQUIRE(segment.latent_count % block == 0);
            REQUIRE(segment.history % block == 0);
            REQUIRE(segment.history < segment.latent_count);
            REQUIRE(segment.latent_first >= 0);
            REQUIRE(segment.latent_count >= card.window.latent_frames_min);
            REQUIRE(segment.latent_count <= window);
            covered = segment.latent_end();
        }
        const std::int64_t needed = latents_for(frames, card.latents);
        REQUIRE(covered >= needed);
        // Nothing more than the last block needs, or the shortest window.
        REQUIRE(covered < std::max<std::int64_t>(needed, card.window.latent_frames_min) + block);
    }
}

TEST_CASE("a window or an overlap of broken blocks is refused", "[plan]") {
    CHECK_THROWS_AS(plan_segments(61, small_card(), 5, 2, 2), Error);
    CHECK_THROWS_AS(plan_segments(61, small_card(), 6, 3, 2), Error);
    CHECK_NOTHROW(plan_segments(61, small_card(), 6, 2, 2));
}

TEST_CASE("lagging blocks cost the calls that they wait for, given frames none", "[plan]") {
    const ModelCard card = small_card();
    const Segment whole{.latent_count = 6};
    const double step = sample_cost(forced({.lag = 1}), card, whole).seconds -
                        sample_cost(forced({.lag = 0}), card, whole).seconds;
    REQUIRE(step > 0);
    const auto calls = [&](const ForcingSettings& forcing, const Segment& segment) {
        ResolvedShot shot = forced(forcing);
        const double more = sample_cost(shot, card, segment).seconds;
        shot.sampling.forcing.reset();
        // A lag of 1 adds five calls to the six blocks of one frame.
        return (more - sample_cost(shot, card, segment).seconds) / (step / 5);
    };
    CHECK(calls({}, whole) == Approx(0).margin(1e-6));
    CHECK(calls({.block = 2, .lag = 3}, whole) == Approx(6));
    CHECK(calls({.block = 2, .lag = 3}, {.latent_count = 6, .history = 2}) == Approx(3));
    CHECK(calls({.block = 2, .lag = 3}, {.latent_count = 6, .history = 4}) ==
          Approx(0).margin(1e-6));
    // 20 steps: no block waits longer than that.
    CHECK(calls({.block = 2, .lag = 100}, whole) == Approx(40));
}

}  // namespace nightreel
