#include "pipeline/picture/text.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "pipeline/picture/slate.h"
#include "shotspec/base/error.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

bool column_is_touched(const FrameRgb& canvas, int x) {
    for (int y = 0; y < canvas.height; ++y) {
        if (canvas.rgb[static_cast<std::size_t>(y * canvas.width + x) * 3] != 0.0F) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("words are drawn where they are asked for and are as wide as was said", "[text]") {
    TextPainter painter;
    FrameRgb canvas = filled(400, 60, {0, 0, 0});
    painter.draw(canvas, "sq010_sh0010", 50, 10, {.size = 24});
    const int width = painter.width_of("sq010_sh0010", 24);
    REQUIRE(width > 100);
    int first = 0;
    while (first < 400 && !column_is_touched(canvas, first)) ++first;
    int last = 399;
    while (last > 0 && !column_is_touched(canvas, last)) --last;
    REQUIRE(first >= 49);
    REQUIRE(first <= 54);
    REQUIRE(last <= 50 + width + 1);
    REQUIRE(last >= 50 + width - 5);
}

TEST_CASE("words over the edge and words that are not UTF-8 are no fault", "[text]") {
    TextPainter painter;
    FrameRgb canvas = filled(40, 20, {0, 0, 0});
    for (const int place : {-500, -10, 0, 30, 500}) {
        painter.draw(canvas, "over the edge", place, place, {.size = 30});
        painter.draw(canvas, "\xff\xfe\x80", place, place, {.size = 30});
        painter.draw(canvas, "", place, place, {.size = 30});
    }
    REQUIRE(painter.width_of("", 20) == 0);
}

TEST_CASE("a size that fits fits", "[text]") {
    TextPainter painter;
    const int size = painter.size_that_fits("a_rather_long_shot_name_0010", 60, 200);
    REQUIRE(size < 60);
    REQUIRE(painter.width_of("a_rather_long_shot_name_0010", size) <= 200);
    REQUIRE(painter.width_of("a_rather_long_shot_name_0010", size + 1) > 200);
}

TEST_CASE("a missing font is explained", "[text]") {
    ::setenv("NIGHTREEL_FONT", "/nowhere/font.ttf", 1);
    REQUIRE_THROWS_WITH(find_font(), Catch::Contains("/nowhere/font.ttf"));
    ::unsetenv("NIGHTREEL_FONT");
    REQUIRE_THROWS_AS(TextPainter("tests/unit/picture/text_test.cpp"), Error);
}

TEST_CASE("each frame is burnt with its own number and its middle is left alone", "[slate]") {
    TextPainter painter;
    const SlateFacts facts{.shot = "sq010_sh0010",
                           .frames = {1001, 1002},
                           .cut = {1001, 1002},
                           .rate = {24, 1},
                           .size = {864, 576}};
    const FrameRgb clean = moving_gradient(864, 576, 0);
    FrameRgb one = clean;
    FrameRgb two = clean;
    burn_in(painter, one, facts, 1001);
    burn_in(painter, two, facts, 1002);
    REQUIRE(one.rgb != two.rgb);
    bool corner = false;
    for (std::size_t i = 0; i < clean.rgb.size(); ++i) {
        const std::size_t x = i / 3 % 864;
        const std::size_t y = i / 3 / 864;
        if (one.rgb[i] != two.rgb[i]) {
            corner = true;
            REQUIRE(x > 864 * 3 / 4);
            REQUIRE(y > 576 * 3 / 4);
        }
        if (y > 90 && y < 486) REQUIRE(one.rgb[i] == clean.rgb[i]);
    }
    REQUIRE(corner);
}

}  // namespace nightreel
