#include <functional>
#include <string>
#include <vector>

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfMultiPartOutputFile.h>
#include <OpenEXR/ImfOutputFile.h>
#include <OpenEXR/ImfOutputPart.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfTiledOutputFile.h>
#include <catch2/catch.hpp>

#include "pipeline/picture/exr/exr.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/picture/picture_header.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"

// EXR files as other programs write them: windows anywhere, every compression, tiles, parts.

namespace nightreel {
namespace {

// Another one for each pixel of any window, exact in a half.
float value_at(const std::string& channel, int x, int y) {
    const float base = channel == "R" ? 0.0F : channel == "G" ? 0.25F : 0.5F;
    return base + static_cast<float>((x + 100) % 16) / 64 + static_cast<float>((y + 100) % 8) * 2;
}

ExrPicture read_bytes(const std::string& bytes) {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "a.exr", bytes);
    return read_exr(folder.path() / "a.exr");
}

void check_windows(const made::Window& stored, const made::Window& shown) {
    const FrameRgb scene =
        read_bytes(made::file(made::Exr{.stored = stored, .shown = shown, .value = value_at}))
            .scene;
    const auto [left, top, right, bottom] = shown;
    REQUIRE(scene.width == right - left + 1);
    REQUIRE(scene.height == bottom - top + 1);
    std::size_t at = 0;
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            const bool is_stored =
                x >= stored[0] && x <= stored[2] && y >= stored[1] && y <= stored[3];
            for (const char* channel : {"R", "G", "B"}) {
                CAPTURE(x, y, channel);
                REQUIRE(scene.rgb.at(at++) == (is_stored ? value_at(channel, x, y) : 0.0F));
            }
        }
    }
    REQUIRE(at == scene.rgb.size());
}

constexpr int width = 70;
constexpr int height = 45;

Imf::Header header_with(Imf::Compression compression) {
    Imf::Header header(width, height);
    header.compression() = compression;
    for (const char* channel : {"R", "G", "B"}) {
        header.channels().insert(channel, Imf::Channel(Imf::HALF));
    }
    return header;
}

// Every pixel of every channel half 0.5.
struct Grey {
    std::vector<std::uint16_t> halves = std::vector<std::uint16_t>(width * height, 0x3800);

    Imf::FrameBuffer buffer() {
        Imf::FrameBuffer buffer;
        for (const char* channel : {"R", "G", "B"}) {
            buffer.insert(channel,
                          Imf::Slice(Imf::HALF,
                                     reinterpret_cast<char*>(halves.data()),
                                     sizeof(std::uint16_t),
                                     sizeof(std::uint16_t) * width));
        }
        return buffer;
    }
};

// Header and pixels of what `write` puts into a file, and that it is refused when it is cut.
void check_taken(const std::function<void(const char* path)>& write) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.exr";
    write(path.c_str());
    const std::string bytes = read_file(path);
    const PictureHeader header = read_picture_header(bytes);
    CHECK(header.width == width);
    CHECK(header.height == height);
    CHECK(read_exr(path).scene.rgb.at(0) == Approx(0.5).margin(0.01));
    for (const std::size_t part : {bytes.size() - 1, bytes.size() / 2}) {
        CHECK_THROWS_AS(read_picture_header(std::string_view(bytes).substr(0, part)), Error);
    }
}

}  // namespace

TEST_CASE("the display window of an EXR is the picture, whatever is stored of it", "[exr]") {
    check_windows({0, 0, 7, 5}, {0, 0, 7, 5});
    check_windows({4, 3, 7, 5}, {0, 0, 7, 5});     // a crop: the lower right quarter
    check_windows({-3, -2, 10, 7}, {0, 0, 7, 5});  // overscan on every side
    check_windows({-3, 2, 4, 9}, {0, 0, 7, 5});    // over one corner
    check_windows({-20, -30, -13, -25}, {-22, -29, -12, -24});
    check_windows({2, 2, 2, 2}, {0, 0, 7, 5});
}

TEST_CASE("both windows have the same pixels where they are the same one, away from the origin",
          "[exr]") {
    check_windows({100, 50, 107, 55}, {100, 50, 107, 55});
    check_windows({-50, -50, -43, -45}, {-50, -50, -43, -45});
}

TEST_CASE("every compression that OpenEXR writes is taken, and known to be whole", "[exr]") {
    for (int compression = Imf::NO_COMPRESSION; compression <= Imf::DWAB_COMPRESSION;
         ++compression) {
        CAPTURE(compression);
        check_taken([&](const char* path) {
            Grey grey;
            Imf::OutputFile file(path, header_with(static_cast<Imf::Compression>(compression)), 0);
            file.setFrameBuffer(grey.buffer());
            file.writePixels(height);
        });
    }
}

TEST_CASE("tiles of one level, of mipmaps and of ripmaps are counted as OpenEXR counts them",
          "[exr]") {
    for (const Imf::LevelMode levels : {Imf::ONE_LEVEL, Imf::MIPMAP_LEVELS, Imf::RIPMAP_LEVELS}) {
        for (const Imf::LevelRoundingMode rounding : {Imf::ROUND_DOWN, Imf::ROUND_UP}) {
            CAPTURE(levels, rounding);
            check_taken([&](const char* path) {
                Imf::Header header = header_with(Imf::ZIP_COMPRESSION);
                header.setTileDescription(Imf::TileDescription(16, 12, levels, rounding));
                Grey grey;
                Imf::TiledOutputFile file(path, header, 0);
                file.setFrameBuffer(grey.buffer());
                for (int y = 0; y < file.numYLevels(); ++y) {
                    for (int x = 0; x < file.numXLevels(); ++x) {
                        if (!file.isValidLevel(x, y)) continue;
                        file.writeTiles(0, file.numXTiles(x) - 1, 0, file.numYTiles(y) - 1, x, y);
                    }
                }
            });
        }
    }
}

TEST_CASE("of a file of several parts the first is the picture", "[exr]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "parts.exr";
    {
        std::vector<Imf::Header> headers(2, header_with(Imf::ZIP_COMPRESSION));
        headers[0].setName("beauty");
        headers[0].setType(Imf::SCANLINEIMAGE);
        headers[1].setName("other");
        headers[1].setType(Imf::SCANLINEIMAGE);
        Imf::MultiPartOutputFile file(path.c_str(), headers.data(), 2);
        Grey grey;
        Grey black{std::vector<std::uint16_t>(width * height, 0)};
        for (int part = 0; part < 2; ++part) {
            Imf::OutputPart out(file, part);
            out.setFrameBuffer(part == 0 ? grey.buffer() : black.buffer());
            out.writePixels(height);
        }
    }
    const std::string bytes = read_file(path);
    CHECK(read_picture_header(bytes).width == width);
    CHECK(read_exr(path).scene.rgb.at(0) == Approx(0.5));
    const auto first_third = std::string_view(bytes).substr(0, bytes.size() / 3);
    CHECK_THROWS_AS(read_picture_header(first_third), Error);
}

TEST_CASE("an EXR's alpha comes with its pixels, cut and filled like them", "[exr]") {
    const ExrPicture picture = read_bytes(made::file(made::Exr{
        .stored = {1, 0, 2, 1},
        .shown = {0, 0, 3, 1},
        .channels = {"A", "B", "G", "R"},
        .value = [](const std::string&, int x, int) { return static_cast<float>(x) / 4; }}));
    CHECK(picture.alpha == std::vector<float>{0, 0.25F, 0.5F, 0, 0, 0.25F, 0.5F, 0});
    CHECK(read_bytes(made::file(made::Exr{})).alpha.empty());
}

}  // namespace nightreel
