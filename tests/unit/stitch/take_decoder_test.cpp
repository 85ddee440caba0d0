#include "pipeline/stitch/take_decoder.h"

#include <filesystem>
#include <limits>

#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/noise.h"
#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

namespace {

constexpr std::int32_t latent_count = 5;

Engine tiny_engine() {
    return Engine(
        {.model = "tests/parity/pipelines/wan21_t2v", .precision = PrecisionPolicy::float32});
}

LatentClip take() {
    return segment_noise(derived_seed(5, "decode", 1), {0, latent_count}, {16, 2, 3});
}

struct Frames {
    std::vector<std::vector<float>> rgb;

    TakeDecoder::TakeFrame sink() {
        return [this](std::int64_t index, const FrameRgb& frame) {
            REQUIRE(index == static_cast<std::int64_t>(rgb.size()));
            REQUIRE(frame.width == 24);
            REQUIRE(frame.height == 16);
            REQUIRE(frame.rgb.size() == 24U * 16U * 3U);
            rgb.push_back(frame.rgb);
        };
    }
};

}  // namespace

TEST_CASE("a take of k + 1 latent frames has 4 k + 1 frames in [0, 1]", "[stitch]") {
    Engine engine = tiny_engine();
    TakeDecoder decoder(engine);
    Frames frames;
    decoder.push(take(), frames.sink());
    REQUIRE(frames.rgb.size() == 17);
    REQUIRE(decoder.frames() == 17);
    REQUIRE(decoder.latent_frames() == latent_count);
    for (const std::vector<float>& frame : frames.rgb) {
        for (const float value : frame) REQUIRE((value >= 0.0F && value <= 1.0F));
    }
}

TEST_CASE("stopping, saving and going on at any latent frame gives the same bytes", "[stitch]") {
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "state.safetensors";
    Engine engine = tiny_engine();
    Frames whole;
    TakeDecoder(engine).push(take(), whole.sink());
    for (std::int32_t cut = 0; cut <= latent_count; ++cut) {
        CAPTURE(cut);
        Frames parts;
        {
            TakeDecoder before(engine);
            before.push(slice(take(), 0, cut), parts.sink());
            before.save(file);
        }
        Engine other = tiny_engine();
        TakeDecoder after(other, file);
        REQUIRE(after.frames() == static_cast<std::int64_t>(parts.rgb.size()));
        after.push(slice(take(), cut, latent_count - cut), parts.sink());
        REQUIRE(parts.rgb == whole.rgb);
    }
}

TEST_CASE("frames depend on the latent frames before them, and on none after", "[stitch]") {
    Engine engine = tiny_engine();
    Frames original;
    TakeDecoder(engine).push(take(), original.sink());
    LatentClip changed = take();
    for (std::int32_t channel = 0; channel < changed.channels; ++channel) {
        changed.values[static_cast<std::size_t>(channel * latent_count + 2) * 6] += 1.0F;
    }
    Frames other;
    TakeDecoder(engine).push(changed, other.sink());
    for (std::size_t i = 0; i < 5; ++i) REQUIRE(other.rgb[i] == original.rgb[i]);
    REQUIRE(other.rgb[5] != original.rgb[5]);
    REQUIRE(other.rgb[9] != original.rgb[9]);
}

TEST_CASE("latents that hold no numbers are refused", "[stitch]") {
    Engine engine = tiny_engine();
    TakeDecoder decoder(engine);
    LatentClip broken = take();
    broken.values[3] = std::numeric_limits<float>::quiet_NaN();
    REQUIRE_THROWS_AS(decoder.push(broken, {}), Error);
    REQUIRE_THROWS_AS(decoder.push(empty_clip({4, 2, 3}, 1), {}), Error);
}

}  // namespace nightreel
