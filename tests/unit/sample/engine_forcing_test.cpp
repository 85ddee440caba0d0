// Diffusion forcing as the engine does it: tiny models of the family, real networks.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/segment_check.h"
#include "pipeline/sample/segment_sampler.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr const char* forcing_model = "tests/parity/pipelines/skyreels_df_i2v";
constexpr std::int64_t prompt_rows = 512;
const at::Device cpu(at::kCPU);

Engine opened(const std::string& folder = forcing_model) {
    return Engine({.model = folder, .precision = PrecisionPolicy::float32});
}

SegmentRequest request_of(Engine& engine, std::int64_t frames) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, frames};
    request.size = {16, 2, 6};
    request.prompt = engine.encode_prompt("a misty harbour");
    request.negative = engine.encode_prompt("blurred");
    request.sampling = {.solver = Solver::unipc, .steps = 4, .guidance = 4};
    return request;
}

at::Tensor noise_of(const SegmentRequest& request, std::uint32_t draw) {
    return tensor_of(segment_noise(request.noise_seed, request.frames, request.size, draw), cpu);
}

// What the request is without an engine: the sampler on a transformer that is told the blocks. This
// is what the recorded pipelines of diffusion forcing are compared with.
LatentClip sampled_without_engine(const SegmentRequest& request) {
    const c10::NoGradGuard no_grad;
    const WanTransformer transformer(
        std::string(forcing_model) + "/transformer", cpu, PrecisionPolicy::float32);
    const TextContext text =
        transformer.prepare_text(at::cat({padded_text(request.prompt, prompt_rows, cpu),
                                          padded_text(request.negative, prompt_rows, cpu)}));
    const SamplingSettings& sampling = request.sampling;
    const ForcingSettings forcing = sampling.forcing.value_or(ForcingSettings{});
    WanConditions conditions;
    conditions.frames_per_block = forcing.block;
    SegmentTensors segment;
    segment.noise_bcfhw = noise_of(request, 0);
    segment.fresh_noise = [&](int step) {
        return noise_of(request, static_cast<std::uint32_t>(step) + 1);
    };
    for (const CleanFrames& clean : request.clean) {
        REQUIRE(clean.first == 0);
        segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
        segment.clean_bcfhw.narrow(2, 0, clean.latents.frames).copy_(tensor_of(clean.latents, cpu));
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
        std::fill_n(segment.is_clean.begin(), clean.latents.frames, true);
    }
    const SamplingPlan plan{make_grid(sampling.schedule, sampling.steps, sampling.shift),
                            sampling.solver,
                            sampling.guidance,
                            forcing};
    return clip_of(sample_latents(
        [&](const at::Tensor& latents, const at::Tensor& timesteps) {
            return transformer.forward(latents, timesteps, text, conditions);
        },
        segment,
        plan));
}

struct Sampled {
    LatentClip latents;
    int calls = 0;
};

Sampled sample(Engine& engine, const SegmentRequest& request) {
    Sampled sampled;
    sampled.latents = engine.sample_segment(request, [&](const StepReport& step) {
        REQUIRE(step.done == ++sampled.calls);
        REQUIRE(step.done <= step.steps);
    });
    return sampled;
}

}  // namespace

TEST_CASE("the engine samples a forcing as the sampler does that parity is shown of", "[sample]") {
    Engine engine = opened();
    for (const ForcingSettings& forcing : {ForcingSettings{},
                                           ForcingSettings{.block = 1, .lag = 1},
                                           ForcingSettings{.block = 2},
                                           ForcingSettings{.block = 2, .lag = 3}}) {
        INFO(forcing.block << " " << forcing.lag);
        SegmentRequest request = request_of(engine, 4);
        request.sampling.forcing = forcing;
        const Sampled sampled = sample(engine, request);
        REQUIRE(is_sound(sampled.latents));
        REQUIRE(sampled.latents == sampled_without_engine(request));
        REQUIRE(sampled.calls ==
                forcing_calls(request.sampling.steps, 4 / forcing.block, forcing.lag));
        REQUIRE(sample(engine, request).latents == sampled.latents);
    }
}

TEST_CASE("history is noised by the engine's own draws, the same ones each time", "[sample]") {
    Engine engine = opened();
    SegmentRequest request = request_of(engine, 4);
    request.sampling.forcing = {.block = 2, .lag = 1};
    const LatentClip begun = engine.sample_segment(request);
    request.frames = {2, 6};
    request.clean = {{0, slice(begun, 2, 2)}};
    const LatentClip clean = engine.sample_segment(request);
    request.sampling.forcing->history_noise = 20;
    const Sampled noised = sample(engine, request);
    REQUIRE(is_sound(noised.latents));
    REQUIRE(noised.latents == sampled_without_engine(request));
    REQUIRE(sample(engine, request).latents == noised.latents);
    REQUIRE(noised.calls == 4);  // one block is left to sample
    REQUIRE(slice(noised.latents, 0, 2) == slice(begun, 2, 2));
    REQUIRE(slice(noised.latents, 2, 2) != slice(clean, 2, 2));
}

TEST_CASE("without a word of it, frames of a diffusion forcing model move one and all at once",
          "[sample]") {
    Engine engine = opened();
    SegmentRequest request = request_of(engine, 4);
    const LatentClip silent = engine.sample_segment(request);
    REQUIRE(silent == sampled_without_engine(request));
    request.sampling.forcing.emplace();
    REQUIRE(engine.sample_segment(request) == silent);
    for (const ForcingSettings& other : {ForcingSettings{.lag = 1}, ForcingSettings{.block = 2}}) {
        request.sampling.forcing = other;
        const LatentClip differs = engine.sample_segment(request);
        REQUIRE(is_sound(differs));
        REQUIRE(differs != silent);
    }
}

TEST_CASE("a model is of diffusion forcing by its pipeline, not by its transformer", "[sample]") {
    ModelFolder folder;
    WanConfig config;
    config.kind = WanKind::skyreels;
    config.channels_in = config.channels_out = 16;
    config.frames_per_block = 5;
    folder.pipeline_class = "SkyReelsV2DiffusionForcingVideoToVideoPipeline";
    CHECK(model_inputs(folder, config).forcing == ForcingSettings{.block = 5});
    folder.pipeline_class = "SkyReelsV2Pipeline";
    CHECK_FALSE(model_inputs(folder, config).forcing);
    CHECK(model_inputs(folder, config).frame_levels);
    config.kind = WanKind::plain;
    CHECK_FALSE(model_inputs(folder, config).frame_levels);
}

TEST_CASE("what a forcing cannot be asked for is refused in words", "[sample]") {
    Engine engine = opened();
    const SegmentRequest right = request_of(engine, 4);
    const auto refused = [&](const SegmentRequest& request, const char* words) {
        REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains(words));
    };
    SegmentRequest request = right;
    request.sampling.forcing = {.block = 3};
    refused(request, "4 latent frames are not a multiple of the block length 3");
    request.sampling.forcing = {.block = 2};
    request.clean = {{0, empty_clip(request.size, 1)}};
    refused(request, "1 latent frames of history");
    request.clean = {{1, empty_clip(request.size, 2)}, {0, empty_clip(request.size, 1)}};
    refused(request, "3 latent frames of history");
    request.clean.clear();
    request.references = empty_clip(request.size, 1);
    refused(request, "cannot be combined with blocks");
    request = right;
    request.sampling.forcing = {.block = 0};
    refused(request, "a block of 1 to 1000");
    request.sampling.forcing = {.lag = 2};
    request.sampling.guidance_until = 0.5;
    refused(request, "guidance_until: 1");
    Engine plain = opened("tests/parity/pipelines/wan21_flf2v");
    SegmentRequest other = right;
    other.sampling.forcing.emplace();
    REQUIRE_THROWS_AS(plain.sample_segment(other), Error);
    ModelInputs inputs;
    REQUIRE_THROWS_WITH(check_request(other, inputs, {16, 8, 4}),
                        Catch::Contains("no noise level for each latent frame"));
    inputs.frame_levels = true;
    inputs.boundary = 900;
    REQUIRE_THROWS_WITH(check_request(other, inputs, {16, 8, 4}), Catch::Contains("two experts"));
}

}  // namespace nightreel
