#include "pipeline/picture/colour/colour_fit.h"

#include <array>
#include <cmath>

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

FrameRgb scene(int phase) {
    FrameRgb frame{48, 32, {}};
    for (int i = 0; i < 48 * 32; ++i) {
        const double at = 0.05 * (i + 31 * phase);
        for (const double rate : {1.0, 1.7, 2.3}) {
            frame.rgb.push_back(static_cast<float>(0.45 + 0.35 * std::sin(at * rate)));
        }
    }
    return frame;
}

constexpr std::array<float, 3> gains{1.02F, 1.0F, 0.99F};
constexpr float offset = 0.004F;

FrameRgb tinted(FrameRgb frame) {
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        frame.rgb[i] = frame.rgb[i] * gains.at(i % 3) + offset;
    }
    return frame;
}

double largest_difference(const FrameRgb& a, const FrameRgb& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        largest = std::max(largest, std::abs(double{a.rgb[i]} - double{b.rgb[i]}));
    }
    return largest;
}

double mean_of(const FrameRgb& frame) {
    double sum = 0;
    for (const float value : frame.rgb) sum += value;
    return sum / static_cast<double>(frame.rgb.size());
}

ColourFit fit_of(const FrameRgb& seen, const FrameRgb& wanted) {
    return fit_colours({&seen, 1}, {&wanted, 1});
}

}  // namespace

TEST_CASE("a tint that both frames show is taken out of other frames too", "[colour]") {
    const ColourFit fit = fit_of(tinted(scene(0)), scene(0));
    CHECK_FALSE(fit.is_identity());
    CHECK(largest_difference(with_colours(tinted(scene(5)), fit), scene(5)) < 0.002);
    CHECK(largest_difference(tinted(scene(5)), scene(5)) > 0.015);
}

TEST_CASE("over ten segments that tint, a chain keeps its colours, and drifts without",
          "[colour]") {
    double corrected = 0;
    double plain = 0;
    FrameRgb held = scene(0);
    FrameRgb drifting = scene(0);
    for (int segment = 0; segment < 10; ++segment) {
        const ColourFit fit = fit_of(tinted(held), held);
        held = with_colours(tinted(held), fit);
        drifting = tinted(drifting);
        corrected = mean_of(held) - mean_of(scene(0));
        plain = mean_of(drifting) - mean_of(scene(0));
    }
    // In 8-bit steps a segment.
    CHECK(std::abs(corrected) * 255 / 10 < 0.05);
    CHECK(std::abs(plain) * 255 / 10 > 1);
}

TEST_CASE("few pixels of other content do not decide a fit, and other content is left alone",
          "[colour]") {
    FrameRgb seen = tinted(scene(0));
    for (std::size_t i = 0; i < seen.rgb.size() / 64; ++i) seen.rgb[i] = 1.0F - seen.rgb[i];
    const ColourFit fit = fit_of(seen, scene(0));
    CHECK(largest_difference(with_colours(tinted(scene(5)), fit), scene(5)) < 0.006);
    CHECK(fit_of(scene(0), scene(7)).is_identity());
    FrameRgb half = scene(0);
    for (float& value : half.rgb) value *= 0.5F;
    CHECK(fit_of(half, scene(0)).is_identity());
    const FrameRgb same = scene(3);
    CHECK(with_colours(same, ColourFit()).rgb == same.rgb);
}

}  // namespace nightreel
