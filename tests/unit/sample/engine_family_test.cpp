#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/segment_check.h"
#include "shotspec/base/error.h"

// What each member of the family is given beside its prompts: tiny models, real networks.

namespace nightreel {

namespace {

Engine engine_of(const std::string& name) {
    return Engine(
        {.model = "tests/parity/pipelines/" + name, .precision = PrecisionPolicy::float32});
}

FrameRgb pattern(int width, int height, int seed) {
    FrameRgb frame{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i) {
        frame.rgb.push_back(static_cast<float>((i * seed) % 97) / 96.0F);
    }
    return frame;
}

SegmentRequest request_of(Engine& engine, LatentSize size, std::int64_t frames) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, frames};
    request.size = size;
    request.prompt = engine.encode_prompt("a misty harbour");
    request.negative = engine.encode_prompt("blurred");
    request.sampling = {.solver = Solver::unipc, .steps = 4, .guidance = 4};
    return request;
}

// A clip of 9 frames of 32x48 that begins and ends with pictures.
SegmentRequest first_to_last(Engine& engine) {
    SegmentRequest request = request_of(engine, {16, 6, 4}, 3);
    request.given = {pattern(32, 48, 5), pattern(32, 48, 7), {}};
    const std::vector<FrameRgb> pictures{*request.given.first, *request.given.last};
    request.given.seen = engine.read_pictures(pictures);
    return request;
}

}  // namespace

TEST_CASE("both pictures of a clip between two are seen as channels and as tokens", "[sample]") {
    Engine engine = engine_of("wan21_flf2v");
    const SegmentRequest request = first_to_last(engine);
    REQUIRE(request.given.seen.rows == 2 * 17);
    const LatentClip plain = engine.sample_segment(request);
    REQUIRE(is_sound(plain));
    REQUIRE(plain == engine.sample_segment(request));
    SegmentRequest other = request;
    other.given.first = pattern(32, 48, 11);
    REQUIRE(engine.sample_segment(other) != plain);
    other = request;
    other.given.last = pattern(32, 48, 11);
    REQUIRE(engine.sample_segment(other) != plain);
    other = request;
    other.given.seen.values[3] += 1;
    REQUIRE(engine.sample_segment(other) != plain);
}

TEST_CASE("what a model that begins with pictures cannot do is refused in words", "[sample]") {
    Engine engine = engine_of("wan21_flf2v");
    const SegmentRequest right = first_to_last(engine);
    const auto refused = [&](const SegmentRequest& request, const char* words) {
        REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains(words));
    };
    SegmentRequest request = right;
    request.given.first.reset();
    refused(request, "requires a first picture");
    request = right;
    request.given.last.reset();
    refused(request, "requires a last picture");
    request = right;
    request.given.seen = {};
    refused(request, "encoded image features");
    request = right;
    request.given.last = pattern(48, 32, 7);
    refused(request, "48x32 pixels, but the clip has 32x48");
    request = right;
    request.clean = {{0, empty_clip(request.size, 1)}};
    refused(request, "cannot continue");
    request = right;
    request.references = empty_clip(request.size, 1);
    refused(request, "no reference pictures");
    request = right;
    request.frames.end = 1;
    refused(request, "both a first and a last picture");
}

TEST_CASE("a first picture of a model with clean frames is the first latent frame", "[sample]") {
    Engine engine = engine_of("wan22_5b_i2v");
    SegmentRequest request = request_of(engine, {48, 4, 2}, 3);
    const LatentClip plain = engine.sample_segment(request);
    request.given.first = pattern(32, 64, 5);
    REQUIRE(engine.read_pictures({&*request.given.first, 1}).rows == 0);
    const LatentClip begun = engine.sample_segment(request);
    REQUIRE(slice(begun, 0, 1) == engine.encode_picture(*request.given.first));
    REQUIRE(slice(begun, 1, 2) != slice(plain, 1, 2));
    request.clean = {{0, empty_clip(request.size, 1)}};
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("cannot begin with"));
    request.clean.clear();
    request.given.last = pattern(32, 64, 7);
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("no last picture"));
}

TEST_CASE("references of any shape reach a model with a control branch", "[sample]") {
    Engine engine = engine_of("vace_text_only");
    const SegmentRequest request = request_of(engine, {16, 4, 4}, 2);
    const LatentClip plain = engine.sample_segment(request);
    REQUIRE(plain.frames == 2);
    SegmentRequest other = request;
    const LatentClip tall = engine.encode_reference(pattern(17, 50, 5), 32, 32);
    const LatentClip wide = engine.encode_reference(pattern(40, 16, 7), 32, 32);
    REQUIRE(tall.size() == request.size);
    other.references = join({tall, wide});
    const LatentClip both = engine.sample_segment(other);
    REQUIRE(both.frames == 2);
    REQUIRE(is_sound(both));
    REQUIRE(both != plain);
    other.references = join({wide, tall});
    REQUIRE(engine.sample_segment(other) != both);
    other.given.first = pattern(32, 32, 5);
    REQUIRE_THROWS_WITH(engine.sample_segment(other), Catch::Contains("no first picture"));
}

TEST_CASE("each expert has its guidance, and a clip after a clip is the same", "[sample]") {
    Engine engine = engine_of("vace_text_only");
    SegmentRequest request = request_of(engine, {16, 4, 4}, 2);
    const LatentClip plain = engine.sample_segment(request);
    REQUIRE(engine.sample_segment(request) == plain);
    request.sampling.guidance_low = request.sampling.guidance;
    REQUIRE(engine.sample_segment(request) == plain);
    request.sampling.guidance_low = 2;
    REQUIRE(engine.sample_segment(request) != plain);
    // Unguided while there is much noise, guided then: the negative prompt is still needed.
    request.sampling.guidance = 1;
    REQUIRE(is_sound(engine.sample_segment(request)));
    request.negative = {};
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("negative"));
}

TEST_CASE("a diffusion forcing model goes on from latent frames and begins with a picture",
          "[sample]") {
    Engine engine = engine_of("skyreels_df_i2v");
    SegmentRequest request = request_of(engine, {16, 2, 6}, 3);
    request.given.first = pattern(48, 16, 5);
    const LatentClip begun = engine.sample_segment(request);
    REQUIRE(slice(begun, 0, 1) == engine.encode_picture(*request.given.first));
    request.given = {};
    request.frames = {2, 5};
    request.clean = {{0, slice(begun, 2, 1)}};
    const LatentClip next = engine.sample_segment(request);
    REQUIRE(slice(next, 0, 1) == slice(begun, 2, 1));
    request.clean = {{0, slice(begun, 1, 1)}};
    REQUIRE(slice(engine.sample_segment(request), 1, 2) != slice(next, 1, 2));
}

TEST_CASE("a model that was trained with frame rates has to be told one", "[sample]") {
    SegmentRequest request;
    request.frames = {0, 2};
    request.size = {16, 2, 6};
    request.prompt = {1, 1, {0.0F}};
    request.sampling.guidance = 1;
    ModelInputs inputs;
    inputs.rate = true;
    const LatentGrid grid{16, 8, 4};
    REQUIRE_THROWS_WITH(check_request(request, inputs, grid), Catch::Contains("frame rate"));
    request.rate = 24;
    REQUIRE_NOTHROW(check_request(request, inputs, grid));
}

}  // namespace nightreel
