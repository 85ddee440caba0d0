#include "pipeline/picture/canvas.h"

#include <numeric>

#include <catch2/catch.hpp>

#include "pipeline/picture/contact_sheet.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

double mean(const FrameRgb& picture) {
    return std::accumulate(picture.rgb.begin(), picture.rgb.end(), 0.0) /
           static_cast<double>(picture.rgb.size());
}

}  // namespace

TEST_CASE("shrinking an enlarged picture gives it back", "[canvas]") {
    const FrameRgb picture = moving_gradient(17, 11, 2);
    const FrameRgb back = shrunk(enlarged(picture, 4), 17, 11);
    REQUIRE(back.width == 17);
    REQUIRE(back.height == 11);
    for (std::size_t i = 0; i < picture.rgb.size(); ++i) {
        REQUIRE(back.rgb[i] == Approx(picture.rgb[i]).margin(1e-5));
    }
}

TEST_CASE("shrinking keeps the average", "[canvas]") {
    const FrameRgb picture = moving_gradient(96, 64, 2);
    REQUIRE(mean(shrunk(picture, 48, 32)) == Approx(mean(picture)).margin(1e-4));
    REQUIRE(mean(shrunk(picture, 37, 23)) == Approx(mean(picture)).margin(0.02));
}

TEST_CASE("a fitted picture is inside its box and keeps its shape", "[canvas]") {
    for (const auto& [width, height] :
         {std::pair{96, 64}, {64, 96}, {1920, 1080}, {1, 700}, {320, 320}}) {
        const FrameRgb small = fitted(filled(width, height, {1, 1, 1}), 320, 320);
        CAPTURE(width, height, small.width, small.height);
        REQUIRE(small.width <= 320);
        REQUIRE(small.height <= 320);
        REQUIRE((small.width > 160 || small.height > 160));
        REQUIRE(small.rgb.size() == static_cast<std::size_t>(small.width * small.height) * 3);
    }
}

TEST_CASE("what is pasted or shaded over an edge is cut there", "[canvas]") {
    for (const int place : {-100, -7, -1, 0, 5, 9, 10, 100}) {
        FrameRgb canvas = filled(10, 10, {0, 0, 0});
        paste(canvas, filled(8, 8, {1, 1, 1}), place, place);
        shade(canvas, {place, place, 8, 8}, {1, 1, 1}, 0.5F);
        const int covered = std::max(0, std::min(10, place + 8) - std::max(0, place));
        REQUIRE(mean(canvas) == Approx(covered * covered / 100.0));
    }
}

TEST_CASE("a contact sheet shows the first and the last frame and no frame twice", "[contact]") {
    for (const std::int64_t count : {1, 2, 19, 20, 21, 97, 1440}) {
        const auto numbers = contact_frames({1001, 1000 + count});
        REQUIRE(numbers.front() == 1001);
        REQUIRE(numbers.back() == 1000 + count);
        REQUIRE(numbers.size() == static_cast<std::size_t>(std::min<std::int64_t>(count, 20)));
        for (std::size_t i = 1; i < numbers.size(); ++i) REQUIRE(numbers[i] > numbers[i - 1]);
    }
}

}  // namespace nightreel
