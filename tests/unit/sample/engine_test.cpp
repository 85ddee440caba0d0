#include "pipeline/sample/engine.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "shotspec/base/error.h"

// A whole tiny model: random weights, real networks.

namespace nightreel {

namespace {

constexpr LatentSize size{16, 4, 6};

Engine tiny_engine() {
    return Engine(
        {.model = "tests/parity/pipelines/wan21_t2v", .precision = PrecisionPolicy::float32});
}

FrameRgb gradient(int width, int height) {
    FrameRgb frame{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i) {
        frame.rgb.push_back(static_cast<float>(i % 97) / 96.0F);
    }
    return frame;
}

SegmentRequest request_of(Engine& engine, LatentRange frames) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = frames;
    request.size = size;
    request.prompt = engine.encode_prompt("a misty harbour");
    request.negative = engine.encode_prompt("blurred");
    request.sampling = {.solver = Solver::unipc, .steps = 3, .guidance = 4};
    return request;
}

// Three segments of a take, each given the last frame of the one before.
std::vector<LatentClip> chain(Engine& engine) {
    std::vector<LatentClip> segments;
    for (std::int64_t first = 0; first < 6; first += 2) {
        SegmentRequest request = request_of(engine, {first, first + 3});
        if (!segments.empty()) request.clean = {{0, slice(segments.back(), 2, 1)}};
        segments.push_back(engine.sample_segment(request));
    }
    return segments;
}

}  // namespace

TEST_CASE("one segment rendered alone is the one of the chain, bit for bit", "[sample]") {
    Engine engine = tiny_engine();
    const std::vector<LatentClip> segments = chain(engine);
    REQUIRE(slice(segments[1], 0, 1) == slice(segments[0], 2, 1));

    Engine other = tiny_engine();
    SegmentRequest alone = request_of(other, {2, 5});
    alone.clean = {{0, slice(segments[0], 2, 1)}};
    REQUIRE(other.sample_segment(alone) == segments[1]);
}

TEST_CASE("prompt, seed and reference each change a segment", "[sample]") {
    Engine engine = tiny_engine();
    const SegmentRequest request = request_of(engine, {0, 2});
    const LatentClip plain = engine.sample_segment(request);
    REQUIRE(is_sound(plain));
    SegmentRequest other = request;
    other.prompt = engine.encode_prompt("an old lighthouse");
    REQUIRE(engine.sample_segment(other) != plain);
    other = request;
    other.noise_seed = 8;
    REQUIRE(engine.sample_segment(other) != plain);
    other = request;
    other.references = engine.encode_picture(gradient(48, 32));
    REQUIRE(other.references.frames == 1);
    const LatentClip referenced = engine.sample_segment(other);
    REQUIRE(referenced.frames == plain.frames);
    REQUIRE(referenced != plain);

    // Guided references are another clip; without references there is nothing to guide.
    other.sampling.guide_references = true;
    const LatentClip guided = engine.sample_segment(other);
    REQUIRE(is_sound(guided));
    REQUIRE(guided != referenced);
    other.references = {};
    REQUIRE(engine.sample_segment(other) == plain);
    other.sampling.step_cache = 0.1;
    other.step_cache_fit = {{0, 0, 0, 0, 0.01}, 2};
    REQUIRE_THROWS_WITH(engine.sample_segment(other), Catch::Contains("guide_references"));
}

TEST_CASE("progress is told after each step, and throwing from it ends the work", "[sample]") {
    Engine engine = tiny_engine();
    int calls = 0;
    (void)engine.sample_segment(request_of(engine, {0, 1}), [&](const StepReport& step) {
        REQUIRE(step.done == ++calls);
        REQUIRE(step.steps == 3);
        REQUIRE_FALSE(step.has_skipped);
        REQUIRE_FALSE(step.has_reused);
    });
    REQUIRE(calls == 3);
    try {
        (void)engine.sample_segment(request_of(engine, {0, 1}), [](const StepReport&) {
            throw Error(ErrorKind::cancelled, "somebody asked");
        });
        FAIL("the work went on");
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::cancelled);
    }
}

TEST_CASE("what does not fit is refused before any work", "[sample]") {
    Engine engine = tiny_engine();
    SegmentRequest request = request_of(engine, {0, 2});
    request.clean = {{1, empty_clip(size, 2)}};
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("are outside"));
    request.clean = {{0, empty_clip({16, 6, 4}, 1)}};
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("another size"));
    request.clean.clear();
    request.negative = {};
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("negative"));
    REQUIRE_THROWS_WITH(engine.encode_picture(gradient(44, 32)), Catch::Contains("44x32"));
    const std::vector<FrameRgb> three(3, gradient(48, 32));
    REQUIRE_THROWS_WITH(engine.encode_clip(three), Catch::Contains("4 k + 1"));
    REQUIRE_THROWS_AS(Engine({.model = "tests/parity"}), Error);
}

TEST_CASE("a limit of memory changes no byte", "[sample]") {
    Engine free = tiny_engine();
    const LatentClip expected = free.sample_segment(request_of(free, {0, 3}));
    constexpr const char* model = "tests/parity/pipelines/wan21_t2v";
    Engine limited({.model = model,
                    .precision = PrecisionPolicy::float32,
                    .memory_bytes = std::int64_t{1} << 30});
    REQUIRE(limited.sample_segment(request_of(limited, {0, 3})) == expected);
}

TEST_CASE("texts that are read together, again or after others are those that are read alone") {
    Engine engine = tiny_engine();
    std::vector<std::string> prompts{"a misty harbour", "blurred", "a misty harbour", ""};
    for (int i = 0; i < 20; ++i)
        prompts.push_back("a lighthouse seen " + std::to_string(i) + " times");
    const std::vector<TextStates> together = engine.encode_prompts(prompts);
    REQUIRE(together.size() == prompts.size());
    CHECK((together == engine.encode_prompts(prompts)));
    for (std::size_t i = 0; i < prompts.size(); i += 5) {
        Engine other = tiny_engine();
        CHECK((other.encode_prompt(prompts[i]) == together[i]));
        CHECK((engine.encode_prompt(prompts[i]) == together[i]));
    }
}

}  // namespace nightreel
