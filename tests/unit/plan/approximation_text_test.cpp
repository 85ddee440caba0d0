#include "pipeline/plan/approximation_text.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/plan_report.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ModelCard measured_card() {
    ModelCard card = small_card();
    card.measured = {
        {.step_cache = 0.1,
         .steps = 20,
         .skipped_share = 0.34,
         .latents_error = 0.031,
         .speed = 1.46},
        {.step_cache = 0.3, .steps = 20, .skipped_share = 0.6, .latents_error = 0.2, .speed = 2.5},
        {.guidance_until = 0.5,
         .steps = 20,
         .reused_share = 0.5,
         .latents_error = 0.008,
         .speed = 1.3}};
    return card;
}

std::string text_of(double step_cache, double guidance_until, std::int32_t steps = 20) {
    SamplingSettings sampling;
    sampling.steps = steps;
    sampling.step_cache = step_cache;
    sampling.guidance_until = guidance_until;
    return approximation_text(sampling, measured_card());
}

}  // namespace

TEST_CASE("exact sampling says nothing of approximations", "[plan]") {
    CHECK(text_of(0, 1).empty());
}

TEST_CASE("what was measured at a setting is told of it", "[plan]") {
    CHECK(text_of(0.1, 1) ==
          "step_cache 0.1: latent error 3.1 % RMS, 34 % of steps skipped, 1.5x speed, measured");
    CHECK(text_of(0, 0.5) ==
          "guidance_until 0.5: latent error 0.8 % RMS, guidance reused in 50 %, 1.3x speed, "
          "measured");
}

TEST_CASE(
    "of other settings the nearest measurement of the same approximations is told, with its "
    "own",
    "[plan]") {
    CHECK(text_of(0.12, 1).ends_with("measured at step_cache 0.1 and 20 steps"));
    CHECK(text_of(0.28, 1).ends_with("measured at step_cache 0.3 and 20 steps"));
    CHECK(text_of(0.1, 1, 30).ends_with("measured at step_cache 0.1 and 20 steps"));
    CHECK(text_of(0, 0.1).ends_with("measured at guidance_until 0.5 and 20 steps"));
    CHECK(text_of(0.1, 0.5) == "step_cache 0.1, guidance_until 0.5: not measured");
}

TEST_CASE("a plan tells of each approximate shot, and its orders carry the settings", "[plan]") {
    ResolvedShot exact = shot_of("sh1", 17);
    ResolvedShot cached = shot_of("sh2", 17);
    cached.sampling.step_cache = 0.1;
    cached.step_cache_fit = {{1, 2, 3, 4, 5}, 3};
    ResolvedNight night = night_of({exact, cached});
    night.models = {measured_card()};
    const NightPlan plan = plan_night(night, {.output_path = "/out", .versions = {}});
    const std::string table = plan_table(plan);
    CHECK(table.find("\nsh2: step_cache 0.1: latent error 3.1 % RMS") != std::string::npos);
    CHECK(table.find("\nsh1: ") == std::string::npos);
    CHECK(plan_json(plan).find("\"approximation\": \"step_cache 0.1") != std::string::npos);
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* const sample = std::get_if<SampleOrder>(&task.order);
        if (sample == nullptr) continue;
        CHECK(sample->step_cache_fit ==
              (task.shot == "sh2" ? cached.step_cache_fit : StepCacheFit{}));
        SampleOrder other = *sample;
        other.step_cache_fit.first_steps += 1;
        CHECK(digest_of(other) != task.digest);
    }
}

}  // namespace nightreel
