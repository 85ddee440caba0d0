#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "shotspec/base/error.h"

// Steps that leave the network or its guidance out, in every member of the family: tiny models,
// real networks.

namespace nightreel {

namespace {

Engine engine_of(const std::string& name, std::int64_t memory_bytes = 0) {
    return Engine({.model = "tests/parity/pipelines/" + name,
                   .precision = PrecisionPolicy::float32,
                   .memory_bytes = memory_bytes});
}

// Ten guided steps; estimates say that blocks change by a hundredth a step.
SegmentRequest request_of(Engine& engine, LatentSize size, std::int64_t frames) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, frames};
    request.size = size;
    request.rate = 24;
    request.prompt = engine.encode_prompt("a misty harbour");
    request.negative = engine.encode_prompt("blurred");
    request.sampling = {.solver = Solver::unipc, .steps = 10, .guidance = 4};
    request.step_cache_fit = {{0, 0, 0, 0, 0.01}, 2};
    return request;
}

struct Sampled {
    LatentClip latents;
    std::string steps;  // a letter each: c computed, s skipped, r with a kept difference, b both
};

Sampled sample(Engine& engine, const SegmentRequest& request) {
    Sampled sampled;
    sampled.latents = engine.sample_segment(request, [&](const StepReport& step) {
        const char* const words = step.has_skipped ? "sb" : "cr";
        sampled.steps += words[step.has_reused ? 1 : 0];
    });
    return sampled;
}

// Both approximations leave out what their settings say, of a segment that stays sound; one after
// another nothing is remembered.
void check_member(const char* name, LatentSize size, const std::vector<CleanFrames>& clean = {}) {
    INFO(name);
    Engine engine = engine_of(name);
    SegmentRequest request = request_of(engine, size, 3);
    request.clean = clean;
    const Sampled exact = sample(engine, request);
    REQUIRE(exact.steps == "cccccccccc");
    request.sampling.step_cache = 0.025;
    const Sampled cached = sample(engine, request);
    REQUIRE(cached.steps == "ccsscsscsc");
    REQUIRE(is_sound(cached.latents));
    REQUIRE(cached.latents != exact.latents);
    REQUIRE(sample(engine, request).latents == cached.latents);
    request.sampling.guidance_until = 0.5;
    const Sampled both = sample(engine, request);
    REQUIRE(both.steps == "ccsscbbrbr");
    REQUIRE(is_sound(both.latents));
    request.sampling.step_cache = 0;
    REQUIRE(sample(engine, request).steps == "cccccrrrrr");
    request.sampling.guidance_until = 1;
    REQUIRE(sample(engine, request).latents == exact.latents);
    // What was kept of the prompt alone is not enough when guidance begins.
    request.sampling.guidance_interval = {.start = 0.3, .stop = 0.8};
    const Sampled inside = sample(engine, request);
    REQUIRE(inside.latents != exact.latents);
    request.sampling.step_cache = 0.025;
    const Sampled cached_inside = sample(engine, request);
    REQUIRE(cached_inside.steps[3] == 'c');
    REQUIRE(is_sound(cached_inside.latents));
    REQUIRE(cached_inside.latents != inside.latents);
}

}  // namespace

TEST_CASE("steps are left out in text, history, and one timestep for each latent frame",
          "[sample]") {
    check_member("wan21_t2v", {16, 4, 6});
    check_member("wan21_t2v", {16, 4, 6}, {{0, empty_clip({16, 4, 6}, 1)}});
    check_member("wan22_5b_i2v", {48, 4, 2});
    check_member("skyreels_df_i2v", {16, 2, 6});
}

TEST_CASE("of two experts each begins with steps that are computed, control branch included",
          "[sample]") {
    Engine engine = engine_of("vace_text_only");
    SegmentRequest request = request_of(engine, {16, 4, 4}, 2);
    request.sampling.step_cache = 1;
    request.sampling.guidance_until = 0;
    const Sampled sampled = sample(engine, request);
    INFO(sampled.steps);
    REQUIRE(is_sound(sampled.latents));
    REQUIRE(sampled.steps.substr(0, 2) == "cr");
    REQUIRE(sampled.steps.back() == 'r');
    // Between the first steps and the last, only the second expert's first is computed.
    const std::size_t taken_over = sampled.steps.find('c', 2);
    REQUIRE(taken_over != std::string::npos);
    std::string expected = "cr" + std::string(7, 'b') + "r";
    expected.at(taken_over) = 'c';
    REQUIRE(sampled.steps == expected);
}

TEST_CASE("references in front change neither how many steps are left out nor that they can be",
          "[sample]") {
    Engine engine = engine_of("wan21_t2v");
    SegmentRequest request = request_of(engine, {16, 4, 6}, 2);
    // The embedding's own change, not one that is the same whatever it does.
    request.step_cache_fit.coefficients = {0, 0, 0, 1, 0};
    request.sampling.step_cache = 2 * engine.step_changes(request).at(4).embedding;
    const Sampled plain = sample(engine, request);
    INFO(plain.steps);
    REQUIRE(plain.steps.find('s') != std::string::npos);
    REQUIRE(plain.steps.find('c', plain.steps.find('s')) < plain.steps.size() - 1);
    request.references = empty_clip({16, 4, 6}, 1);
    REQUIRE(sample(engine, request).steps == plain.steps);
    request.clean = {{0, empty_clip({16, 4, 6}, 1)}};
    REQUIRE(sample(engine, request).steps == plain.steps);
}

TEST_CASE("a limit of memory changes no byte of a segment with a step cache", "[sample]") {
    Engine free = engine_of("wan21_t2v");
    Engine limited = engine_of("wan21_t2v", std::int64_t{1} << 30);
    SegmentRequest request = request_of(free, {16, 4, 6}, 2);
    request.sampling.step_cache = 0.025;
    request.sampling.guidance_until = 0.5;
    REQUIRE(limited.sample_segment(request) == free.sample_segment(request));
}

TEST_CASE("a step cache of a model without coefficients is refused", "[sample]") {
    Engine engine = engine_of("wan21_t2v");
    SegmentRequest request = request_of(engine, {16, 4, 6}, 2);
    request.step_cache_fit = {};
    request.sampling.step_cache = 0.1;
    REQUIRE_THROWS_WITH(engine.sample_segment(request),
                        Catch::Contains("5 coefficients, and 0 are given"));
}

TEST_CASE("changes from step to step are those of exact sampling, one for each step but the first",
          "[sample]") {
    Engine engine = engine_of("wan21_t2v");
    SegmentRequest request = request_of(engine, {16, 4, 6}, 2);
    const std::vector<StepChange> changes = engine.step_changes(request);
    REQUIRE(changes.size() == 9);
    request.sampling.step_cache = 1;
    request.sampling.guidance_until = 0;
    const std::vector<StepChange> again = engine.step_changes(request);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        REQUIRE(changes[i].embedding > 0);
        REQUIRE(changes[i].output > 0);
        REQUIRE(again.at(i).output == changes[i].output);
    }
}

}  // namespace nightreel
