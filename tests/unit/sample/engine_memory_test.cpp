#include <catch2/catch.hpp>

#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/plan/task_memory.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/engine_parts.h"
#include "shotspec/base/error.h"

// A limit of memory: what the planner says is the least that works is what the engine takes.

namespace nightreel {
namespace {

constexpr const char* folder = "tests/parity/pipelines/wan21_t2v";
constexpr LatentSize latent_size{16, 4, 6};
constexpr PictureSize picture_size{48, 32};
constexpr std::int32_t latent_frames = 3;

EngineOptions with_limit(std::int64_t bytes) {
    return {.model = folder, .precision = PrecisionPolicy::float32, .memory_bytes = bytes};
}

struct Needs {
    std::int64_t encode = 0;
    std::int64_t pictures = 0;
    std::int64_t sample = 0;
    std::int64_t decode = 0;

    std::int64_t largest() const { return std::max({encode, pictures, sample, decode}); }
};

Needs planned() {
    const ModelFolder model = open_model_folder(folder);
    const ModelDimensions sizes = model_dimensions(model);
    const ModelLatents latents = latents_of(model);
    return {.encode = encode_memory(sizes, latents, {.size = picture_size}).least_bytes,
            .pictures = encode_need(sizes.autoencoder,
                                    {.pixels = 48 * 32, .latent_cells = 4 * 6, .frames = 1}),
            .sample = sample_memory(
                          sizes, latents, {.size = picture_size, .latent_frames = latent_frames})
                          .least_bytes,
            .decode = decode_memory(sizes, latents, picture_size).least_bytes};
}

FrameRgb grey() {
    return {48, 32, std::vector<float>(48 * 32 * 3, 0.5F)};
}

SegmentRequest request_with(const TextStates& prompt) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, latent_frames};
    request.size = latent_size;
    request.prompt = prompt;
    request.negative = prompt;
    request.sampling = {.solver = Solver::unipc, .steps = 2, .guidance = 4};
    return request;
}

template <class Body>
void is_refused(const char* what, Body&& body) {
    try {
        body();
        FAIL("it should not fit");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::out_of_memory);
        CHECK_THAT(error.what(), Catch::Contains(what));
    }
}

}  // namespace

TEST_CASE("within the least that is planned everything works, turn about, with the same bytes",
          "[memory]") {
    Engine free(with_limit(0));
    const TextStates prompt = free.encode_prompt("a misty harbour");
    const LatentClip clip = free.sample_segment(request_with(prompt));
    const LatentClip picture = free.encode_picture(grey());

    Engine limited(with_limit(planned().largest()));
    for (int turn = 0; turn < 2; ++turn) {
        CHECK(limited.encode_prompt("a misty harbour") == prompt);
        CHECK(limited.encode_picture(grey()) == picture);
        CHECK(limited.sample_segment(request_with(prompt)) == clip);
        CHECK_NOTHROW(limited.decoder(latent_size));
    }
    limited.close();
    CHECK(limited.sample_segment(request_with(prompt)) == clip);
}

TEST_CASE("what does not fit beside the network at work is closed, what fits stays", "[memory]") {
    const Needs needs = planned();
    REQUIRE(needs.sample < needs.decode);
    Engine free(with_limit(0));
    const SegmentRequest request = request_with(free.encode_prompt("a misty harbour"));
    EngineParts tight(with_limit(needs.decode));
    (void)tight.network(0, request, request.loras);
    const std::int64_t transformer = tight.held();
    CHECK(transformer > 0);
    (void)tight.decoder(latent_size);
    const std::int64_t autoencoder = tight.held();
    CHECK(autoencoder == held_bytes(model_dimensions(tight.model).autoencoder, 4));
    EngineParts wide(with_limit(needs.decode + transformer));
    (void)wide.network(0, request, request.loras);
    (void)wide.decoder(latent_size);
    CHECK(wide.held() == transformer + autoencoder);
    wide.close();
    CHECK(wide.held() == 0);
}

TEST_CASE("a lean engine streams weights and holds one network at a time, with the same bytes",
          "[memory]") {
    constexpr std::int64_t plenty = std::int64_t{64} << 30;
    EngineOptions options = with_limit(plenty);
    EngineParts usual(options);
    options.lean = true;
    EngineParts lean(options);
    Engine free(with_limit(0));
    Engine lean_without_limit(
        {.model = folder, .precision = PrecisionPolicy::float32, .lean = true});
    const SegmentRequest request = request_with(free.encode_prompt("a misty harbour"));
    const ModelDimensions sizes = model_dimensions(lean.model);
    (void)usual.network(0, request, request.loras);
    (void)lean.network(0, request, request.loras);
    CHECK(usual.held() == held_bytes(sizes.transformer, Residency::resident, 4));
    CHECK(lean.held() == held_bytes(sizes.transformer, Residency::streamed, 4));
    CHECK(lean.held() < usual.held());
    (void)usual.decoder(latent_size);
    (void)lean.decoder(latent_size);
    const std::int64_t autoencoder = held_bytes(sizes.autoencoder, 4);
    CHECK(usual.held() == held_bytes(sizes.transformer, Residency::resident, 4) + autoencoder);
    CHECK(lean.held() == autoencoder);
    CHECK(lean_without_limit.sample_segment(request) == free.sample_segment(request));
}

TEST_CASE("a byte less than is planned for a task is refused, in words", "[memory]") {
    const Needs needs = planned();
    Engine prompts(with_limit(needs.encode - 1));
    is_refused("encoding a prompt requires", [&] { prompts.encode_prompt("a misty harbour"); });
    Engine pictures(with_limit(needs.pictures - 1));
    is_refused("encoding pictures requires", [&] { pictures.encode_picture(grey()); });
    Engine frames(with_limit(needs.decode - 1));
    is_refused("decoding pictures requires", [&] { frames.decoder(latent_size); });
    Engine free(with_limit(0));
    const SegmentRequest request = request_with(free.encode_prompt("a misty harbour"));
    Engine samples(with_limit(needs.sample - 1));
    is_refused("latent frames of 6 tokens require", [&] { samples.sample_segment(request); });
}

}  // namespace nightreel
