#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/stitch/take_decoder.h"

// Long takes against plain loops over the reference implementation's networks, which
// tests/parity/long_takes/make_expected.py writes down.

namespace nightreel {

namespace {

const std::filesystem::path cases = "tests/parity/long_takes";

Engine engine_of(const std::filesystem::path& model) {
    return Engine({.model = model, .precision = PrecisionPolicy::float32});
}

FrameRgb pattern(int width, int height, int seed) {
    FrameRgb frame{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i) {
        frame.rgb.push_back(static_cast<float>((i * seed) % 97) / 96.0F);
    }
    return frame;
}

SegmentRequest request_of(Engine& engine, LatentSize size, LatentRange frames) {
    SegmentRequest request;
    request.noise_seed = 11;
    request.frames = frames;
    request.size = size;
    request.prompt = engine.encode_prompt("a misty harbour");
    request.negative = engine.encode_prompt("blurred");
    request.sampling = {.solver = Solver::euler,
                        .schedule = Schedule::uniform,
                        .steps = 3,
                        .guidance = 4,
                        .shift = 3};
    return request;
}

void check_close(const LatentClip& ours, const at::Tensor& theirs) {
    const at::Tensor own = tensor_of(ours, at::Device(at::kCPU));
    REQUIRE(own.sizes() == theirs.sizes());
    const double largest = (own - theirs).abs().max().item<double>();
    CAPTURE(largest, theirs.abs().max().item<double>());
    CHECK(largest < 5e-5);
}

// The last frame of a segment as a stream of its own.
FrameRgb last_frame(Engine& engine, const LatentClip& latents) {
    FrameRgb last;
    TakeDecoder decoder(engine, DecodeIn::float32);
    decoder.push(latents, [&](std::int64_t, const FrameRgb& frame) { last = frame; });
    return last;
}

// Nine frames.
ControlFrames shown_clip() {
    ControlFrames clip;
    for (int seed = 5; seed < 14; ++seed) clip.frames.push_back(pattern(32, 32, seed));
    return clip;
}

}  // namespace

TEST_CASE("TI2V-5B goes on from the latent of one picture, the last one decoded", "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "ti2v_chain.safetensors");
    Engine engine = engine_of("tests/parity/pipelines/wan22_5b_i2v");
    const LatentClip first = engine.sample_segment(request_of(engine, {48, 4, 2}, {0, 3}));
    check_close(first, expected.at("first"));
    const FrameRgb shown = last_frame(engine, first);
    CHECK(at::allclose(video_tensor(shown) * 0.5 + 0.5, expected.at("shown"), 0, 5e-5));
    SegmentRequest request = request_of(engine, {48, 4, 2}, {3, 6});
    request.given.first = shown;
    const LatentClip second = engine.sample_segment(request);
    check_close(second, expected.at("second"));
    // A raw tail latent is not that.
    SegmentRequest raw = request_of(engine, {48, 4, 2}, {3, 6});
    raw.clean = {{0, slice(first, 2, 1)}};
    CHECK(engine.sample_segment(raw) != second);
}

TEST_CASE("a pictures-to-video model goes on from the last frame as its first picture",
          "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "i2v_chain.safetensors");
    Engine engine = engine_of(cases / "wan21_i2v");
    const TokenStates seen = text_states_of(expected.at("seen"));
    SegmentRequest request = request_of(engine, {16, 6, 4}, {0, 3});
    request.given = {pattern(32, 48, 5), {}, seen};
    const LatentClip first = engine.sample_segment(request);
    check_close(first, expected.at("first"));
    request = request_of(engine, {16, 6, 4}, {3, 6});
    request.given = {last_frame(engine, first), {}, seen};
    check_close(engine.sample_segment(request), expected.at("second"));
}

TEST_CASE("kept frames are control channels with mask 0, behind the references", "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "vace_kept.safetensors");
    Engine engine = engine_of("tests/parity/pipelines/vace_text_only");
    SegmentRequest request = request_of(engine, {16, 4, 4}, {3, 6});
    request.references = clip_of(expected.at("reference"));
    for (const int seed : {5, 6, 7, 8, 9}) request.kept.push_back(pattern(32, 32, seed));
    check_close(engine.sample_segment(request), expected.at("second"));
    request.kept.pop_back();
    CHECK_THROWS_WITH(engine.sample_segment(request), Catch::Contains("4 k + 1"));
    request.kept.resize(9, pattern(32, 32, 5));
    CHECK_THROWS_WITH(engine.sample_segment(request), Catch::Contains("at least one that is made"));
}

TEST_CASE("a control clip is what control channels show, made everywhere", "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "vace_control.safetensors");
    Engine engine = engine_of("tests/parity/pipelines/vace_text_only");
    SegmentRequest request = request_of(engine, {16, 4, 4}, {0, 3});
    request.references = clip_of(expected.at("reference"));
    request.control = shown_clip();
    const LatentClip made = engine.sample_segment(request);
    check_close(made, expected.at("latents"));
    // Frames that are kept stand before those of the clip.
    request.kept = {pattern(32, 32, 20)};
    CHECK(engine.sample_segment(request) != made);
    request.kept = {};
    request.control->frames.pop_back();
    CHECK_THROWS_WITH(engine.sample_segment(request), Catch::Contains("to a segment of 9"));
    request.control = shown_clip();
    request.control->made.assign(9, std::vector<float>(5));
    CHECK_THROWS_WITH(engine.sample_segment(request), Catch::Contains("another size"));
    request.control.reset();
    CHECK(engine.sample_segment(request) != made);
}

TEST_CASE("a painted clip is kept outside of its mask and grey inside", "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "vace_paint.safetensors");
    Engine engine = engine_of("tests/parity/pipelines/vace_text_only");
    SegmentRequest request = request_of(engine, {16, 4, 4}, {0, 3});
    request.references = clip_of(expected.at("reference"));
    request.control = shown_clip();
    for (std::size_t frame = 0; frame < 9; ++frame) {
        std::vector<float>& made = request.control->made.emplace_back(32 * 32);
        for (std::size_t y = 6; y < 20; ++y) {
            for (std::size_t x = 4 + frame; x < 19 + frame; ++x) {
                made[y * 32 + x] = 1;
                for (std::size_t c = 0; c < 3; ++c) {
                    request.control->frames[frame].rgb[(y * 32 + x) * 3 + c] = 0.5F;
                }
            }
        }
    }
    check_close(engine.sample_segment(request), expected.at("latents"));
}

TEST_CASE("a model without control channels is shown no clip", "[parity]") {
    Engine engine = engine_of("tests/parity/pipelines/wan21_t2v");
    SegmentRequest request = request_of(engine, {16, 4, 4}, {0, 3});
    request.control = shown_clip();
    CHECK_THROWS_WITH(engine.sample_segment(request), Catch::Contains("no control channels"));
}

TEST_CASE("windows that share each step are averaged as the plain loop does", "[parity]") {
    const NamedTensors expected = read_safetensors(cases / "windowed.safetensors");
    Engine engine = engine_of("tests/parity/pipelines/wan21_t2v");
    SegmentRequest request = request_of(engine, {16, 4, 4}, {0, 7});
    request.windows = WindowSettings{.latent_count = 4, .overlap = 1};
    const LatentClip taken = engine.sample_segment(request);
    check_close(taken, expected.at("latents"));
    request.windows->free_noise = true;
    CHECK(engine.sample_segment(request) != taken);
    // A take that is no longer than a window is sampled as without.
    request.frames.end = 4;
    const LatentClip short_take = engine.sample_segment(request);
    request.windows.reset();
    CHECK(engine.sample_segment(request) == short_take);
}

}  // namespace nightreel
