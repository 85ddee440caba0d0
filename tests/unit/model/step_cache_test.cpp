#include "pipeline/model/transformer/step_cache.h"

#include <cmath>
#include <optional>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Whatever the embedding does, the blocks are said to change by one hundredth a step.
StepCacheFit hundredth_a_step(std::int32_t first_steps) {
    return {{0, 0, 0, 0, 0.01}, first_steps};
}

// Rows of the projected embedding of some timesteps, all of one value each.
TimeModulation modulation_of(const std::vector<double>& rows) {
    const at::Tensor values = at::tensor(rows, at::kFloat);
    TimeModulation time;
    time.projected_u6d = values.view({-1, 1, 1}).expand({-1, 6, 4}).clone();
    return time;
}

// Asks a cache about steps with an embedding each; says which of them left the blocks out.
std::vector<int> skipped_of(StepCache& cache, const std::vector<std::vector<double>>& steps) {
    std::vector<int> skipped;
    const auto count = static_cast<int>(steps.size());
    for (int step = 0; step < count; ++step) {
        cache.begin_step(step, count);
        at::Tensor x = at::zeros({2, 3, 4});
        cache.pass(modulation_of(steps[static_cast<std::size_t>(step)]), x, [&] { x.add_(1); });
        if (cache.has_skipped()) skipped.push_back(step);
    }
    return skipped;
}

std::vector<std::vector<double>> rising(int steps) {
    std::vector<std::vector<double>> rows;
    for (int step = 0; step < steps; ++step) rows.push_back({1.0 + step});
    return rows;
}

// Two steps of a small transformer, of which the cache may skip what it will.
std::vector<at::Tensor> velocities(const char* part, Residency residency, StepCache* cache) {
    at::manual_seed(5);
    const WanTransformer model(std::string("tests/parity/transformer/") + part + "/transformer",
                               at::Device(at::kCPU),
                               PrecisionPolicy::float32,
                               residency);
    const WanConfig& config = model.config();
    const at::Tensor latents = at::randn({2, config.channels_in, 3, 6, 10});
    WanConditions conditions;
    if (config.control_channels > 0) {
        conditions.control_bcfhw = at::randn({2, config.control_channels, 3, 6, 10});
    }
    const TextContext text = model.prepare_text(at::randn({2, 7, config.text}));
    std::vector<at::Tensor> results;
    for (const double time : {700.0, 600.0, 500.0}) {
        if (cache != nullptr) cache->begin_step(static_cast<int>(results.size()), 9);
        results.push_back(model.forward(latents, at::full({2}, time), text, conditions, {}, cache));
    }
    return results;
}

bool are_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!a[i].equal(b[i])) return false;
    }
    return a.size() == b.size();
}

constexpr const char* plain_part = "t2v_small_heads";
constexpr const char* control_part = "vace_scaled";

}  // namespace

TEST_CASE("steps are left out until their estimated changes add up to the threshold",
          "[step_cache]") {
    StepCache cache({hundredth_a_step(2), 0.025});
    REQUIRE(skipped_of(cache, rising(10)) == std::vector<int>{2, 3, 5, 6, 8});
}

TEST_CASE("a model's first steps and a segment's last are computed", "[step_cache]") {
    StepCache cache({hundredth_a_step(4), 1});
    REQUIRE(skipped_of(cache, rising(9)) == std::vector<int>{4, 5, 6, 7});
}

TEST_CASE("without a threshold or without coefficients nothing is left out", "[step_cache]") {
    StepCache no_threshold({hundredth_a_step(1), 0});
    REQUIRE(skipped_of(no_threshold, rising(9)).empty());
    StepCache no_coefficients({{{}, 1}, 5});
    REQUIRE(skipped_of(no_coefficients, rising(9)).empty());
}

TEST_CASE("the estimate is the polynomial of the embedding's relative change", "[step_cache]") {
    // From 1 to 2 an embedding changes by 1, from 2 to 3 by a half, from 3 to 4 by a third.
    const StepCacheFit square{{0, 0, 1, 0, 0}, 1};
    StepCache below({square, 1 + 1.0 / 4 + 1.0 / 9 + 0.001});
    REQUIRE(skipped_of(below, rising(5)) == std::vector<int>{1, 2, 3});
    StepCache above({square, 1 + 1.0 / 4 + 1.0 / 9 - 0.001});
    REQUIRE(skipped_of(above, rising(5)) == std::vector<int>{1, 2});
}

TEST_CASE("a polynomial that runs below zero does not make distances shorter", "[step_cache]") {
    StepCache cache({{{0, 0, 0, 0, -0.01}, 2}, 0.025});
    REQUIRE(skipped_of(cache, rising(10)) == std::vector<int>{2, 3, 5, 6, 8});
}

TEST_CASE("frames that stand at timestep 0 say nothing about how far the others moved",
          "[step_cache]") {
    const StepCacheFit line{{0, 0, 0, 1, 0}, 1};
    std::vector<std::vector<double>> with_given;
    for (const auto& row : rising(12)) with_given.push_back({100, row[0]});
    for (const double threshold : {0.3, 0.6, 1.2}) {
        StepCache alone({line, threshold});
        StepCache together({line, threshold});
        REQUIRE(skipped_of(together, with_given) == skipped_of(alone, rising(12)));
    }
}

TEST_CASE("a step that is left out adds what the last computed one added", "[step_cache]") {
    StepCache cache({hundredth_a_step(1), 1});
    const auto pass = [&](int step, double begin, double added, std::int64_t batch) {
        cache.begin_step(step, 9);
        at::Tensor x = at::full({batch, 3, 4}, begin);
        cache.pass(modulation_of({1.0 + step}), x, [&] { x.add_(added); });
        return x;
    };
    REQUIRE(pass(0, 1, 5, 2).equal(at::full({2, 3, 4}, 6.0)));
    REQUIRE(pass(1, 20, 7, 2).equal(at::full({2, 3, 4}, 25.0)));
    // The prompt's half alone.
    REQUIRE(pass(2, 30, 7, 1).equal(at::full({1, 3, 4}, 35.0)));
    cache.forget();
    REQUIRE(pass(3, 30, 7, 2).equal(at::full({2, 3, 4}, 37.0)));
    REQUIRE_FALSE(cache.has_skipped());
}

TEST_CASE("a cache that leaves nothing out changes no byte of a transformer", "[step_cache]") {
    for (const char* part : {plain_part, control_part}) {
        const auto exact = velocities(part, Residency::resident, nullptr);
        StepCache no_threshold({hundredth_a_step(1), 0});
        REQUIRE(are_equal(velocities(part, Residency::resident, &no_threshold), exact));
        StepCache late({hundredth_a_step(8), 1});
        REQUIRE(are_equal(velocities(part, Residency::resident, &late), exact));
        int compared = 0;
        StepCache comparing({.compare = [&](const StepChange& change) {
            REQUIRE(change.embedding > 0);
            REQUIRE(change.output > 0);
            ++compared;
        }});
        REQUIRE(are_equal(velocities(part, Residency::resident, &comparing), exact));
        REQUIRE(compared == 2);
    }
}

TEST_CASE("steps that are left out are near, and the same however blocks are kept",
          "[step_cache]") {
    for (const char* part : {plain_part, control_part}) {
        const auto exact = velocities(part, Residency::resident, nullptr);
        StepCache resident({hundredth_a_step(1), 1});
        const auto near = velocities(part, Residency::resident, &resident);
        REQUIRE(resident.has_skipped());
        REQUIRE(near[0].equal(exact[0]));
        REQUIRE_FALSE(near[1].equal(exact[1]));
        REQUIRE((near[1] - exact[1]).norm().item<double>() < 0.5 * exact[1].norm().item<double>());
        StepCache streamed({hundredth_a_step(1), 1});
        REQUIRE(are_equal(velocities(part, Residency::streamed, &streamed), near));
    }
}

TEST_CASE("a polynomial is found again from what it says of the changes", "[step_cache]") {
    const StepCacheFit fit{{-3e5, 5e4, -2.6e3, 58, -0.3}, 5};
    std::vector<StepChange> changes;
    for (int i = 1; i <= 40; ++i) {
        const double x = 0.002 * i;
        changes.push_back({x, (((-3e5 * x + 5e4) * x - 2.6e3) * x + 58) * x - 0.3});
    }
    const StepCacheFit found = fit_step_cache(changes);
    REQUIRE(found.coefficients.size() == step_cache_coefficients);
    for (std::size_t i = 0; i < step_cache_coefficients; ++i) {
        REQUIRE(found.coefficients[i] == Approx(fit.coefficients[i]).epsilon(1e-6));
    }
    REQUIRE(estimated_change(found, 0.03) == Approx(estimated_change(fit, 0.03)));
}

TEST_CASE("changes that tell no polynomial are refused", "[step_cache]") {
    REQUIRE_THROWS_AS(fit_step_cache(std::vector<StepChange>(4, {0.1, 0.2})), Error);
    REQUIRE_THROWS_WITH(fit_step_cache(std::vector<StepChange>(40, {0.1, 0.2})),
                        Catch::Contains("more steps"));
}

}  // namespace nightreel
