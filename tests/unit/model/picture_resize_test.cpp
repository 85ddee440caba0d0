#include "pipeline/model/vision/picture_resize.h"

#include <catch2/catch.hpp>

// The reference's own values stand in tests/parity/images; here are the laws behind them.

namespace nightreel {

namespace {

constexpr PictureFilter filters[]{
    PictureFilter::bilinear, PictureFilter::bicubic, PictureFilter::lanczos};

BytePicture noisy(int width, int height) {
    BytePicture picture{width, height, 3, {}};
    std::uint32_t state = 7;
    for (int i = 0; i < width * height * 3; ++i) {
        state = state * 1664525U + 1013904223U;
        picture.values.push_back(static_cast<std::uint8_t>(state >> 24U));
    }
    return picture;
}

BytePicture mirrored(const BytePicture& picture) {
    BytePicture result = picture;
    for (int row = 0; row < picture.height; ++row) {
        for (int column = 0; column < picture.width; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                const auto at = [&](int x) {
                    return static_cast<std::size_t>((row * picture.width + x) * 3 + channel);
                };
                result.values[at(column)] = picture.values[at(picture.width - 1 - column)];
            }
        }
    }
    return result;
}

}  // namespace

TEST_CASE("a picture that has its size already is not touched", "[model]") {
    const BytePicture picture = noisy(19, 11);
    for (const PictureFilter filter : filters) REQUIRE(resized(picture, 19, 11, filter) == picture);
}

TEST_CASE("a picture of one colour stays that colour at every size", "[model]") {
    for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{77}, std::uint8_t{255}}) {
        const BytePicture flat{13, 9, 3, std::vector<std::uint8_t>(13 * 9 * 3, value)};
        for (const PictureFilter filter : filters) {
            const BytePicture small = resized(flat, 4, 31, filter);
            REQUIRE(small == BytePicture{4, 31, 3, std::vector<std::uint8_t>(4 * 31 * 3, value)});
        }
    }
}

TEST_CASE("a mirrored picture is resized to the mirrored result", "[model]") {
    const BytePicture picture = noisy(24, 10);
    for (const PictureFilter filter : filters) {
        for (const int width : {8, 12, 48}) {
            REQUIRE(resized(mirrored(picture), width, 5, filter) ==
                    mirrored(resized(picture, width, 5, filter)));
        }
    }
}

TEST_CASE("halving by the bilinear filter weighs four neighbours 1 3 3 1", "[model]") {
    const BytePicture row{8, 1, 1, {0, 0, 0, 80, 160, 0, 0, 0}};
    const BytePicture half = resized(row, 4, 1, PictureFilter::bilinear);
    REQUIRE(half.values == std::vector<std::uint8_t>{0, 50, 70, 0});
}

TEST_CASE("a filter that overshoots is cut at black and white", "[model]") {
    const BytePicture edge{4, 1, 1, {0, 0, 255, 255}};
    const BytePicture wide = resized(edge, 16, 1, PictureFilter::lanczos);
    REQUIRE(wide.values == std::vector<std::uint8_t>{
                               12, 6, 0, 0, 0, 0, 23, 89, 166, 232, 255, 255, 255, 255, 249, 243});
}

TEST_CASE("the pass that leaves less to do comes first, as Pillow 13 has it", "[model]") {
    BytePicture grey{6, 9, 1, {}};
    std::uint32_t state = 7;
    for (int i = 0; i < 6 * 9; ++i) {
        state = state * 1664525U + 1013904223U;
        grey.values.push_back(static_cast<std::uint8_t>(state >> 24U));
    }
    REQUIRE(resized(grey, 7, 4, PictureFilter::lanczos).values ==
            std::vector<std::uint8_t>{75,  120, 95,  173, 226, 149, 165, 142, 146, 92,
                                      143, 164, 96,  145, 158, 131, 39,  105, 182, 99,
                                      60,  110, 218, 162, 49,  76,  160, 178});
    REQUIRE(resized(grey, 3, 8, PictureFilter::lanczos).values ==
            std::vector<std::uint8_t>{132, 176, 137, 38,  150, 214, 147, 161, 138, 166, 107, 98,
                                      70,  112, 122, 139, 117, 96,  167, 95,  159, 176, 91,  142});
}

TEST_CASE("the middle of a picture leaves an odd row below", "[model]") {
    const BytePicture picture{1, 4, 1, {1, 2, 3, 4}};
    REQUIRE(centre_of(picture, 1, 3).values == std::vector<std::uint8_t>{1, 2, 3});
    REQUIRE(centre_of(picture, 1, 2).values == std::vector<std::uint8_t>{2, 3});
}

}  // namespace nightreel
