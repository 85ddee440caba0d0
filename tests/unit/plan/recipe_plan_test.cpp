// What recipes make of a plan: their text, steps that are counted, orders that say them.

#include <catch2/catch.hpp>

#include "pipeline/plan/estimate/workload.h"
#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/plan_report.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

NightPlan plan_of(const ResolvedShot& shot) {
    return plan_night(night_of({shot}), {.output_path = "/out"});
}

}  // namespace

TEST_CASE("a plan says the recipe of a shot and what the night has otherwise", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 9);
    const NightPlan without = plan_of(shot);
    shot.recipe = {"fastwan2.1-t2v", "a repository at a commit", {"steps: 4 instead of 3"}};
    const NightPlan plan = plan_of(shot);
    CHECK_THAT(plan_table(plan),
               Catch::Contains("\nsh1: recipe fastwan2.1-t2v; steps: 4 instead of 3\n"));
    CHECK_THAT(plan_json(plan), Catch::Contains("a repository at a commit"));
    REQUIRE(plan.graph.tasks.size() == without.graph.tasks.size());
    for (std::size_t i = 0; i < plan.graph.tasks.size(); ++i) {
        CHECK(plan.graph.tasks[i].digest == without.graph.tasks[i].digest);
    }
}

TEST_CASE("only steps with guidance run the network twice, whichever expert takes them", "[plan]") {
    SamplingSettings sampling{.steps = 8, .guidance = 3.5};
    CHECK(share_of_guided_step(sampling) == 1);
    sampling.guidance_low = 1;
    sampling.switch_at_step = 2;
    CHECK(share_of_guided_step(sampling) == Approx(0.5 + 0.5 * 2 / 8));
    sampling.switch_at_step.reset();
    CHECK(share_of_guided_step(sampling) == Approx(0.75));
    sampling.guidance_interval = {0, 0.125};
    CHECK(share_of_guided_step(sampling) == Approx(0.5 + 0.5 * 1 / 8));
    sampling.guidance = 1;
    CHECK(share_of_guided_step(sampling) == 0.5);
    sampling.guidance_interval.reset();
    sampling.guidance_low = 3;
    CHECK(share_of_guided_step(sampling) == Approx(0.75));
}

TEST_CASE("levels, the switch and strengths by step stand in the orders of segments", "[plan]") {
    const auto sample_of = [](const ResolvedShot& shot) {
        for (const PlannedTask& task : plan_of(shot).graph.tasks) {
            if (std::holds_alternative<SampleOrder>(task.order)) return task;
        }
        throw std::runtime_error("no sample task");
    };
    ResolvedShot shot = shot_of("sh1", 9);
    shot.loras = {{{"/a.safetensors", digest_of("a"), 1, 1}, {}}};
    const PlannedTask plain = sample_of(shot);
    const auto differs = [&](const ResolvedShot& other) {
        const PlannedTask task = sample_of(other);
        const TaskOrder back = task_order_from_json(to_json_text(task.order));
        CHECK(digest_of(back) == task.digest);
        return task.digest != plain.digest;
    };
    CHECK_FALSE(differs(shot));
    ResolvedShot other = shot;
    other.sampling.sigmas = {1, 0.5};
    CHECK(differs(other));
    other = shot;
    other.sampling.timesteps = {1000, 500};
    CHECK(differs(other));
    other = shot;
    other.sampling.switch_at_step = 2;
    CHECK(differs(other));
    other = shot;
    other.sampling.noise_scale = 0.9;
    CHECK(differs(other));
    other = shot;
    other.loras[0].lora.by_step = {0, 1};
    CHECK(differs(other));
}

}  // namespace nightreel
