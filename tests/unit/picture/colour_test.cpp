#include <cmath>

#include <catch2/catch.hpp>

#include "pipeline/picture/colour/primaries.h"
#include "pipeline/picture/colour/timecode.h"
#include "pipeline/picture/colour/transfer.h"
#include "pipeline/picture/colour/working_space.h"

namespace nightreel {
namespace {

constexpr TransferCurve curves[] = {
    TransferCurve::srgb, TransferCurve::bt1886, TransferCurve::bt709};
constexpr WorkingSpace spaces[] = {
    WorkingSpace::rec709, WorkingSpace::acescg, WorkingSpace::aces2065_1};

void require_matrix(const Matrix3& actual, const Matrix3& published) {
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            CAPTURE(row, column);
            REQUIRE(actual[row][column] == Approx(published[row][column]).margin(1e-6));
        }
    }
}

}  // namespace

TEST_CASE("every transfer curve is undone by its inverse, below zero and above one too",
          "[colour]") {
    for (const TransferCurve curve : curves) {
        for (int i = -400; i <= 1400; ++i) {
            const float code = static_cast<float>(i) / 1000.0F;
            CAPTURE(word_of(curve), code);
            REQUIRE(from_linear(curve, to_linear(curve, code)) == Approx(code).margin(2e-5));
        }
    }
}

TEST_CASE("transfer curves have the published values", "[colour]") {
    REQUIRE(srgb_to_linear(0.1F) == Approx(0.010023).margin(1e-6));
    REQUIRE(srgb_to_linear(0.5F) == Approx(0.214041).margin(1e-6));
    REQUIRE(bt1886_to_linear(0.1F) == Approx(0.003981).margin(1e-6));
    REQUIRE(bt1886_to_linear(0.5F) == Approx(0.189465).margin(1e-6));
    REQUIRE(bt709_to_linear(0.1F) == Approx(0.022405).margin(1e-4));
    REQUIRE(bt709_to_linear(0.5F) == Approx(0.259589).margin(2e-4));
    for (const TransferCurve curve : curves) {
        REQUIRE(to_linear(curve, 0.0F) == 0.0F);
        REQUIRE(to_linear(curve, 1.0F) == Approx(1.0).margin(1e-6));
    }
}

TEST_CASE("transfer curves rise without a step, so that no banding is added", "[colour]") {
    for (const TransferCurve curve : curves) {
        float before = to_linear(curve, 0.0F);
        for (int i = 1; i <= 4096; ++i) {
            const float now = to_linear(curve, static_cast<float>(i) / 4096.0F);
            CAPTURE(word_of(curve), i);
            REQUIRE(now > before);
            REQUIRE(now - before < 2.4F / 4000.0F);
            before = now;
        }
    }
}

TEST_CASE("matrices from Rec.709 have the published values of ACES", "[colour]") {
    require_matrix(rgb_to_rgb(rec709_primaries, ap1_primaries),
                   {{{0.613097, 0.339523, 0.047379},
                     {0.070194, 0.916354, 0.013452},
                     {0.020616, 0.109570, 0.869815}}});
    require_matrix(rgb_to_rgb(rec709_primaries, ap0_primaries),
                   {{{0.439633, 0.382989, 0.177378},
                     {0.089776, 0.813439, 0.096784},
                     {0.017541, 0.111547, 0.870912}}});
    require_matrix(rgb_to_xyz(rec709_primaries),
                   {{{0.412391, 0.357584, 0.180481},
                     {0.212639, 0.715169, 0.072192},
                     {0.019331, 0.119195, 0.950532}}});
}

TEST_CASE("white and every grey stay neutral in every working space", "[colour]") {
    for (const WorkingSpace space : spaces) {
        for (const float code : {0.02F, 0.18F, 0.5F, 1.0F}) {
            const FrameRgb scene =
                display_to_scene({1, 1, {code, code, code}}, TransferCurve::srgb, space);
            CAPTURE(word_of(space), code);
            for (const float value : scene.rgb) {
                REQUIRE(value == Approx(srgb_to_linear(code)).epsilon(2e-6));
            }
        }
    }
}

TEST_CASE("a frame comes back from every working space within a tenth of an 8-bit step",
          "[colour]") {
    FrameRgb display{16, 16, {}};
    for (int i = 0; i < 16 * 16 * 3; ++i) {
        display.rgb.push_back(static_cast<float>((i * 7919) % 256) / 255.0F);
    }
    for (const WorkingSpace space : spaces) {
        for (const TransferCurve curve : curves) {
            const FrameRgb back =
                scene_to_display(display_to_scene(display, curve, space), curve, space);
            for (std::size_t i = 0; i < display.rgb.size(); ++i) {
                // BT.1886 has infinite slope at black, where rounding of the matrix shows most.
                CAPTURE(word_of(space), word_of(curve), i, display.rgb[i]);
                REQUIRE(
                    std::abs(back.rgb[i] - display.rgb[i]) <
                    (curve == TransferCurve::bt1886 && display.rgb[i] < 0.02F ? 0.004F : 0.0004F));
            }
        }
    }
}

TEST_CASE("colours inside Rec.709 stay positive in the wider spaces", "[colour]") {
    for (const WorkingSpace space : {WorkingSpace::acescg, WorkingSpace::aces2065_1}) {
        const FrameRgb scene =
            display_to_scene({3, 1, {1, 0, 0, 0, 1, 0, 0, 0, 1}}, TransferCurve::srgb, space);
        for (const float value : scene.rgb) REQUIRE(value > 0.0F);
    }
}

TEST_CASE("interop ids are those of the Color Interop Forum", "[colour]") {
    REQUIRE(interop_id_of(WorkingSpace::rec709) == "lin_rec709_scene");
    REQUIRE(interop_id_of(WorkingSpace::acescg) == "lin_ap1_scene");
    REQUIRE(interop_id_of(WorkingSpace::aces2065_1) == "lin_ap0_scene");
}

TEST_CASE("frame 1001 at 24 frames a second is 00:00:41:17", "[timecode]") {
    REQUIRE(text_of(timecode_of(1001, {24, 1})) == "00:00:41:17");
    REQUIRE(text_of(timecode_of(1001, {24000, 1001})) == "00:00:41:17");
    REQUIRE(text_of(timecode_of(1001, {12, 1})) == "00:01:23:05");
    REQUIRE(text_of(timecode_of(1800, {30000, 1001})) == "00:01:00:00");
    REQUIRE(text_of(timecode_of(107892, {30000, 1001})) == "00:59:56:12");  // drop-free
    REQUIRE(text_of(timecode_of(0, {24, 1})) == "00:00:00:00");
}

TEST_CASE("timecode counts every frame once and wraps after a day", "[timecode]") {
    for (const FrameRate rate : {FrameRate{12, 1}, FrameRate{24, 1}, FrameRate{60000, 1001}}) {
        const std::int64_t base = timecode_base(rate);
        for (std::int64_t frame = 0; frame < 8000; ++frame) {
            const Timecode timecode = timecode_of(frame, rate);
            const std::int64_t counted =
                ((timecode.hours * 60 + timecode.minutes) * 60 + timecode.seconds) * base +
                timecode.frames;
            REQUIRE(counted == frame);
        }
        REQUIRE(timecode_of(base * 86400 + 5, rate) == timecode_of(5, rate));
        REQUIRE(timecode_of(-1, rate) == timecode_of(base * 86400 - 1, rate));
    }
    REQUIRE(timecode_base({1, 4}) == 1);  // slower than a frame a second
}

TEST_CASE("files count pairs of frames above 30 a second, each frame with a code of its own",
          "[timecode]") {
    const auto packed_at = [](std::int64_t frame, FrameRate rate) {
        return packed(timecode_of(frame, rate), rate);
    };
    REQUIRE(packed_at(29, {30, 1}) == PackedTimecode{{0, 0, 0, 29}, false});
    REQUIRE(packed_at(58, {60, 1}) == PackedTimecode{{0, 0, 0, 29}, false});
    REQUIRE(packed_at(59, {60000, 1001}) == PackedTimecode{{0, 0, 0, 29}, true});
    REQUIRE(packed_at(60, {60, 1}) == PackedTimecode{{0, 0, 1, 0}, false});
    REQUIRE(packed_at(49, {50, 1}) == PackedTimecode{{0, 0, 0, 24}, true});
    REQUIRE(packed_at(47, {48, 1}) == PackedTimecode{{0, 0, 0, 23}, true});
    REQUIRE_FALSE(packed_at(0, {61, 1}).has_value());
    REQUIRE_FALSE(packed_at(0, {120000, 1001}).has_value());
    for (std::int32_t frames_a_second = 1; frames_a_second <= 60; ++frames_a_second) {
        const FrameRate rate{frames_a_second, 1};
        for (std::int64_t frame = 0; frame < 3 * std::int64_t{frames_a_second}; ++frame) {
            const auto code = packed_at(frame, rate);
            REQUIRE(code->time.frames <= 29);
            REQUIRE(unpacked(*code, rate) == timecode_of(frame, rate));
        }
    }
}

}  // namespace nightreel
