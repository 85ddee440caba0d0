#include "pipeline/picture/yuv.h"

#include <catch2/catch.hpp>

#include "pipeline/picture/canvas.h"

namespace nightreel {
namespace {

struct Triple {
    int luma;
    int blue;
    int red;
};

Triple code_of(Colour colour) {
    const Yuv yuv = to_yuv(filled(4, 4, colour));
    for (const std::uint16_t value : yuv.luma) REQUIRE(value == yuv.luma[0]);
    for (const std::uint16_t value : yuv.blue) REQUIRE(value == yuv.blue[0]);
    return {yuv.luma[0], yuv.blue[0], yuv.red[0]};
}

void require_code(Colour colour, Triple published) {
    const Triple actual = code_of(colour);
    CAPTURE(colour[0], colour[1], colour[2], actual.luma, actual.blue, actual.red);
    REQUIRE(actual.luma == published.luma);
    REQUIRE(actual.blue == published.blue);
    REQUIRE(actual.red == published.red);
}

}  // namespace

TEST_CASE("colour bars have the code values of BT.709", "[yuv]") {
    require_code({1, 1, 1}, {235, 128, 128});
    require_code({0, 0, 0}, {16, 128, 128});
    require_code({0.75F, 0, 0}, {51, 109, 212});
    require_code({0, 0.75F, 0}, {133, 63, 52});
    require_code({0, 0, 0.75F}, {28, 212, 120});
    require_code({0.75F, 0.75F, 0}, {168, 44, 136});
    require_code({2, 2, 2}, {235, 128, 128});
    require_code({-1, -1, -1}, {16, 128, 128});
}

TEST_CASE("an odd side grows by one and repeats its edge", "[yuv]") {
    const Yuv yuv = to_yuv(filled(5, 3, {1, 1, 1}));
    REQUIRE(yuv.width == 6);
    REQUIRE(yuv.height == 4);
    REQUIRE(yuv.luma.size() == 24);
    REQUIRE(yuv.blue.size() == 6);
    for (const std::uint16_t value : yuv.luma) REQUIRE(value == 235);
}

TEST_CASE("chroma sits on the even columns", "[yuv]") {
    FrameRgb picture = filled(8, 2, {0, 0, 0});
    for (const std::size_t row : {0U, 1U})
        picture.rgb[(row * 8 + 4) * 3] = 1.0F;  // column 4 is red
    const Yuv yuv = to_yuv(picture);
    REQUIRE(yuv.red[2] > yuv.red[1]);
    REQUIRE(yuv.red[2] > yuv.red[3]);
    REQUIRE(yuv.red[1] == yuv.red[0]);
    REQUIRE(yuv.red[3] == yuv.red[0]);
}

}  // namespace nightreel
