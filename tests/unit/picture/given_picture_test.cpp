#include <array>
#include <cmath>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "pipeline/picture/colour/transfer.h"
#include "pipeline/picture/picture.h"
#include "pipeline/picture/png.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"

// Pictures that are more than their pixels as they are stored: turned, mirrored, transparent.

namespace nightreel {
namespace {

constexpr std::size_t png_after_header = 33;  // mark and IHDR
constexpr std::size_t jpeg_after_mark = 2;

// Which of the colours of corners.jpg: red, green, blue or white.
char colour_at(const FrameRgb& picture, int x, int y) {
    const auto at = static_cast<std::size_t>(y * picture.width + x) * 3;
    const bool red = picture.rgb[at] > 0.5F;
    const bool green = picture.rgb[at + 1] > 0.5F;
    const bool blue = picture.rgb[at + 2] > 0.5F;
    if (red && green && blue) return 'W';
    return red ? 'R' : green ? 'G' : blue ? 'B' : '?';
}

// Clockwise from the upper left.
std::string corners_of(const FrameRgb& picture) {
    const int right = picture.width - 1;
    const int bottom = picture.height - 1;
    return {colour_at(picture, 0, 0),
            colour_at(picture, right, 0),
            colour_at(picture, right, bottom),
            colour_at(picture, 0, bottom)};
}

// By the table of EXIF's Orientation tag: where the first row and the first column are to be seen.
// Stored are red and green in the first row, blue and white in the last.
struct Turn {
    int orientation;
    const char* corners;
    int width;
};

constexpr Turn turns[] = {{1, "RGWB", 24},
                          {2, "GRBW", 24},
                          {3, "WBRG", 24},
                          {4, "BWGR", 24},
                          {5, "RBWG", 16},
                          {6, "BRGW", 16},
                          {7, "WGRB", 16},
                          {8, "GWBR", 16}};

FrameRgb read_bytes(const std::string& bytes, PictureGround ground = PictureGround::black) {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "picture", bytes);
    return read_picture(folder.path() / "picture", ground);
}

bool is_colour(const FrameRgb& picture, float red, float green, float blue) {
    const float wanted[] = {red, green, blue};
    bool holds = !picture.rgb.empty();
    for (std::size_t i = 0; i < picture.rgb.size(); ++i) {
        holds = holds && std::abs(picture.rgb[i] - wanted[i % 3]) < 0.003F;
    }
    CAPTURE(picture.rgb.at(0), picture.rgb.at(1), picture.rgb.at(2));
    CHECK(holds);
    return holds;
}

}  // namespace

TEST_CASE("a picture is turned upright by EXIF, as JPEG and as PNG, in both byte orders",
          "[picture]") {
    const TemporaryFolder folder;
    const std::string stored = read_file("tests/unit/picture/corners.jpg");
    write_png(folder.path() / "a.png", read_bytes(stored));
    const std::string stored_png = read_file(folder.path() / "a.png");
    for (const Turn& turn : turns) {
        for (const bool is_big : {true, false}) {
            CAPTURE(turn.orientation, is_big);
            std::string jpeg = stored;
            jpeg.insert(jpeg_after_mark, made::exif_segment(turn.orientation, is_big));
            std::string png = stored_png;
            png.insert(png_after_header,
                       made::png_chunk("eXIf", made::exif(turn.orientation, is_big)));
            for (const FrameRgb& picture : {read_bytes(jpeg), read_bytes(png)}) {
                CHECK(corners_of(picture) == turn.corners);
                CHECK(picture.width == turn.width);
                CHECK(picture.width + picture.height == 24 + 16);
            }
        }
    }
}

TEST_CASE("transparent parts of a PNG show the ground, half transparent ones half of it",
          "[picture]") {
    const auto png = [](std::uint8_t alpha) {
        return made::file(made::Png{.colour_type = 6, .pixel = {255, 0, 51, alpha}});
    };
    CHECK(is_colour(read_bytes(png(255), PictureGround::white), 1, 0, 0.2F));
    CHECK(is_colour(read_bytes(png(0), PictureGround::white), 1, 1, 1));
    CHECK(is_colour(read_bytes(png(0), PictureGround::black), 0, 0, 0));
    CHECK(is_colour(read_bytes(png(102), PictureGround::white), 1, 0.6F, 0.68F));
    CHECK(is_colour(read_bytes(png(102), PictureGround::black), 0.4F, 0, 0.08F));
}

TEST_CASE("a PNG of 16 bits is laid on the ground as one of 8 bits", "[picture]") {
    const std::string deep = made::file(
        made::Png{.bits = 16, .colour_type = 6, .pixel = {255, 255, 0, 0, 51, 51, 102, 102}});
    CHECK(is_colour(read_bytes(deep, PictureGround::white), 1, 0.6F, 0.68F));
    CHECK(is_colour(read_bytes(deep, PictureGround::black), 0.4F, 0, 0.08F));
}

TEST_CASE("a colour that a PNG names as transparent shows the ground", "[picture]") {
    const std::string keyed = made::file(
        made::Png{.chunks = made::png_chunk("tRNS", std::string("\0\xc8\0\x64\0\x32", 6)),
                  .pixel = {200, 100, 50}});
    CHECK(is_colour(read_bytes(keyed, PictureGround::white), 1, 1, 1));
    CHECK(is_colour(read_bytes(keyed, PictureGround::black), 0, 0, 0));
}

TEST_CASE("an EXR's colour is multiplied by its alpha and shows the ground through the rest",
          "[picture]") {
    const auto exr = [](float alpha) {
        return made::file(made::Exr{.stored = {0, 0, 1, 1},
                                    .shown = {0, 0, 3, 1},
                                    .channels = {"A", "B", "G", "R"},
                                    .value = [alpha](const std::string& channel, int, int) {
                                        return channel == "A" ? alpha : 0.0F;
                                    }});
    };
    CHECK(is_colour(read_bytes(exr(0), PictureGround::white), 1, 1, 1));
    CHECK(is_colour(read_bytes(exr(0), PictureGround::black), 0, 0, 0));
    // Black where it is stored and opaque; white where it is not stored.
    const FrameRgb half = read_bytes(exr(1), PictureGround::white);
    REQUIRE(half.width == 4);
    CHECK(half.rgb.at(0) == 0);
    CHECK(half.rgb.at(6) == Approx(1));
    CHECK(is_colour(read_bytes(exr(1), PictureGround::black), 0, 0, 0));
}

TEST_CASE("an EXR of other primaries is converted, and its white stays white", "[picture]") {
    const auto exr = [](const std::string& attributes, std::array<float, 3> rgb) {
        return made::file(made::Exr{
            .attributes = attributes, .value = [rgb](const std::string& channel, int, int) {
                const std::size_t index = channel == "R" ? 0 : channel == "G" ? 1 : 2;
                return rgb[index];
            }});
    };
    const std::string p3 =
        made::exr_chromaticities({0.68F, 0.32F, 0.265F, 0.69F, 0.15F, 0.06F, 0.3127F, 0.329F});
    // By the matrix of the two, as it is printed: 1.2249 -0.2247 0, -0.0420 1.0419 0, -0.0197
    // -0.0786 1.0979.
    const auto is_converted = [&](const std::string& attributes) {
        return is_colour(read_bytes(exr(attributes, {0.5F, 0.25F, 0.25F})),
                         linear_to_srgb(0.5563F),
                         linear_to_srgb(0.2395F),
                         linear_to_srgb(0.2450F));
    };
    CHECK(is_converted(p3));
    CHECK(is_converted(made::exr_interop_id("lin_p3d65_scene")));
    // White of another colour: DCI's.
    const std::string dci =
        made::exr_chromaticities({0.68F, 0.32F, 0.265F, 0.69F, 0.15F, 0.06F, 0.314F, 0.351F});
    const float grey = linear_to_srgb(0.25F);
    CHECK(is_colour(read_bytes(exr(dci, {0.25F, 0.25F, 0.25F})), grey, grey, grey));
}

TEST_CASE("what is refused by its header is refused when it is read, by its file's name",
          "[picture]") {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "wide.exr", made::file(made::Exr{.pixel_aspect = 2}));
    CHECK_THROWS_WITH(read_picture(folder.path() / "wide.exr"),
                      Catch::Contains("wide.exr: has a pixel aspect ratio of 2"));
}

}  // namespace nightreel
