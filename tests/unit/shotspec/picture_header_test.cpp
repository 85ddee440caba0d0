#include "shotspec/picture/picture_header.h"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/picture/exif.h"
#include "shotspec/picture/picture_limits.h"
#include "tests/support/made_pictures.h"

// What is known of a picture before it is decoded.

namespace nightreel {
namespace {

// What a file is refused for; empty where it is taken.
std::string refusal(const std::string& bytes) {
    try {
        (void)read_picture_header(bytes);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

bool refuses(const std::string& bytes, const std::string& why) {
    const std::string said = refusal(bytes);
    INFO("said: " << said);
    INFO("wanted: " << why);
    const bool holds = said.find(why) != std::string::npos;
    CHECK(holds);
    return holds;
}

// A truncated file of any format is found wherever its end was lost.
void check_every_cut(const std::string& whole) {
    REQUIRE(refusal(whole).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        REQUIRE_FALSE(refusal(whole.substr(0, size)).empty());
    }
}

}  // namespace

TEST_CASE("a header says kind and size of a PNG, a JPEG and an EXR", "[picture_header]") {
    for (const auto& [bytes, kind] :
         {std::pair{made::png(30, 20), PictureKind::png},
          {made::file(made::Jpeg{30, 20}), PictureKind::jpeg},
          {made::file(made::Exr{.stored = {0, 0, 29, 19}, .shown = {0, 0, 29, 19}}),
           PictureKind::exr}}) {
        const PictureHeader header = read_picture_header(bytes);
        CHECK(header.kind == kind);
        CHECK(header.width == 30);
        CHECK(header.height == 20);
        CHECK(header.orientation == 1);
        CHECK_FALSE(header.is_windowed);
        CHECK_FALSE(header.has_alpha);
        CHECK(header.pixel_aspect == 1);
        CHECK(read_picture_header(bytes + "trailing bytes, as telephones write").width == 30);
    }
}

TEST_CASE("EXIF turns a picture in both byte orders, and its size is the upright one",
          "[picture_header]") {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        for (const bool is_big : {true, false}) {
            CAPTURE(orientation, is_big);
            const std::string block = made::exif(orientation, is_big);
            CHECK(exif_orientation(block) == orientation);
            for (const std::string& bytes :
                 {made::file(made::Jpeg{.width = 30,
                 .height = 20,
                 .segments = made::exif_segment(orientation, is_big)}),
                  made::file(made::Png{
                      .width = 30, .height = 20, .chunks = made::png_chunk("eXIf", block)})}) {
                const PictureHeader header = read_picture_header(bytes);
                CHECK(header.orientation == orientation);
                CHECK(header.width == (orientation > 4 ? 20 : 30));
                CHECK(header.height == (orientation > 4 ? 30 : 20));
            }
        }
    }
}

TEST_CASE("EXIF that makes no sense leaves a picture as it is stored", "[picture_header]") {
    const std::string sound = made::exif(6);
    for (std::size_t size = 0; size < 20; ++size) {
        CHECK(exif_orientation(sound.substr(0, size)) == 1);
    }
    CHECK(exif_orientation(made::exif(0)) == 1);
    CHECK(exif_orientation(made::exif(9)) == 1);
    std::string far = sound;
    far[4] = '\x7f';  // the directory lies behind the end
    CHECK(exif_orientation(far) == 1);
    std::string other = sound;
    other[9] = '\x7f';  // more entries than there are
    CHECK(exif_orientation(other) == 6);
}

TEST_CASE("a truncated picture is refused, wherever it was cut", "[picture_header]") {
    check_every_cut(made::png(6, 5));
    check_every_cut(made::file(made::Jpeg{.segments = made::exif_segment(6)}));
    check_every_cut(made::file(made::Exr{}));
    CHECK(refuses(made::png(6, 5).substr(0, 60), "is truncated"));
    CHECK(refuses("", "is empty"));
}

TEST_CASE("a PNG with a wrong checksum is damaged where the chunk matters", "[picture_header]") {
    const std::string whole = made::png(6, 5);
    for (std::size_t at = made::png_mark.size(); at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        CAPTURE(at);
        CHECK_FALSE(refusal(changed).empty());
    }
    std::string turned = made::file(made::Png{.chunks = made::png_chunk("eXIf", made::exif(6))});
    turned[turned.find("MM") + 19] = 3;  // decoders pass over such a chunk
    CHECK(read_picture_header(turned).orientation == 1);
}

TEST_CASE("a PNG without pixels, palette, header or size is refused", "[picture_header]") {
    const std::string head = made::png(4, 2).substr(0, 33);
    CHECK(refuses(head + made::png_chunk("IEND", ""), "without a picture"));
    CHECK(refuses(made::file(made::Png{.colour_type = 3, .pixel = {0}}), "palette is missing"));
    CHECK(refuses(made::png_mark + made::png_chunk("IEND", ""), "first chunk"));
    CHECK(refuses(made::png_mark + made::png_chunk("CgBI", "") + head.substr(8), "Apple"));
    CHECK(refuses(made::png(0, 2), "has no pixels"));
    CHECK(refuses(made::file(made::Png{.bits = 3}), "not in the PNG standard"));
    CHECK(refuses(made::file(made::Png{.chunks = made::png_chunk("ABCD", "")}), "ABCD"));
    CHECK(refusal(made::file(made::Png{.chunks = made::png_chunk("abCd", "")})).empty());
}

TEST_CASE("transparency is seen in a PNG's colour type and in its tRNS chunk, and in an EXR's A",
          "[picture_header]") {
    const made::Png rgba{.colour_type = 6, .pixel = {1, 2, 3, 4}};
    const made::Png keyed{.chunks = made::png_chunk("tRNS", std::string(6, '\0'))};
    CHECK(read_picture_header(made::file(rgba)).has_alpha);
    CHECK(read_picture_header(made::file(keyed)).has_alpha);
    CHECK(read_picture_header(made::file(made::Exr{.channels = {"A", "B", "G", "R"}})).has_alpha);
}

TEST_CASE("a JPEG that no decoder here reads is refused by name", "[picture_header]") {
    CHECK(refuses(made::file(made::Jpeg{.frame = 0xC9}), "an arithmetic-coded JPEG"));
    CHECK(refuses(made::file(made::Jpeg{.frame = 0xC5}), "a hierarchical JPEG"));
    CHECK(refuses(made::file(made::Jpeg{.bits = 12}), "12 bits a channel"));
    CHECK(refuses(made::file(made::Jpeg{.channels = 2}), "2 channels"));
    CHECK(refuses(made::file(made::Jpeg{.height = 0}), "has no pixels"));
    CHECK(refuses("\xff\xd8\xff\xd9", "without a picture"));
    CHECK(refusal(made::file(made::Jpeg{.frame = 0xC2})).empty());
}

TEST_CASE("a JPEG of RGB with subsampled channels, which decoders disagree about, is refused",
          "[picture_header]") {
    const auto adobe = [](char transform) {
        return made::jpeg_segment(0xEE, std::string("Adobe\0\x64\0\0\0\0", 11) + transform);
    };
    const std::string jfif = made::jpeg_segment(0xE0, std::string("JFIF\0\1\1\0\0\1\0\1\0\0", 14));
    const auto jpeg = [](const std::string& sampling, const std::string& segments) {
        return made::file(made::Jpeg{.sampling = sampling, .segments = segments});
    };
    CHECK(refuses(jpeg("\x22\x11\x11", adobe(0)), "stores RGB with fewer values"));
    CHECK(refusal(jpeg("\x11\x11\x11", adobe(0))).empty());
    CHECK(refusal(jpeg("\x22\x11\x11", adobe(1))).empty());
    CHECK(refusal(jpeg("\x22\x11\x11", jfif + adobe(0))).empty());
    CHECK(refusal(jpeg("\x22\x11\x11", "")).empty());
}

TEST_CASE("the size of an EXR is its display window, wherever either window lies",
          "[picture_header]") {
    const PictureHeader header = read_picture_header(
        made::file(made::Exr{.stored = {-7, 3, 2, 9}, .shown = {-5, -5, 14, 4}}));
    CHECK(header.width == 20);
    CHECK(header.height == 10);
    CHECK(header.is_windowed);
    CHECK(refuses(made::file(made::Exr{.stored = {0, 0, 1, 1}, .shown = {2, 0, 5, 1}}),
                  "outside of its display window"));
    CHECK(refuses(made::file(made::Exr{.shown = {0, 0, -1, 1}}), "has no pixels"));
}

TEST_CASE("an EXR that would be read wrong is refused by name", "[picture_header]") {
    using made::Exr;
    CHECK(refuses(made::file(Exr{.pixel_aspect = 2}), "pixel aspect ratio of 2"));
    CHECK(refusal(made::file(Exr{.pixel_aspect = 1.0001F})).empty());
    CHECK(refuses(made::file(Exr{.channels = {"BY", "RY", "Y"}}), "luminance and chroma"));
    CHECK(refuses(made::file(Exr{.channels = {"Y"}}), "luminance alone"));
    CHECK(refuses(made::file(Exr{.channels = {"beauty.R", "depth"}}), "has no channel R"));
    CHECK(refuses(made::file(Exr{.channel_type = 0}), "whole numbers"));
    CHECK(refuses(made::file(Exr{.sampling = 2}), "subsampling"));
    CHECK(refuses(made::file(Exr{.version = 2 | 0x800}), "deep"));
    CHECK(refuses(made::file(Exr{.version = 3}), "version of OpenEXR"));
    const Exr deep{.version = 2 | 0x1000,
                   .attributes = made::exr_attribute("type", "string", "deepscanline")};
    CHECK(refuses(made::file(deep), "deep"));
}

TEST_CASE("the primaries of an EXR are those that it names, and Rec.709 without a name",
          "[picture_header]") {
    const auto primaries = [](const std::string& attributes) {
        return read_picture_header(made::file(made::Exr{.attributes = attributes})).primaries;
    };
    constexpr std::array<float, 8> p3 = {
        0.68F, 0.32F, 0.265F, 0.69F, 0.15F, 0.06F, 0.3127F, 0.329F};
    constexpr std::array<float, 8> rec709 = {
        0.64F, 0.33F, 0.3F, 0.6F, 0.15F, 0.06F, 0.3127F, 0.329F};
    CHECK_FALSE(primaries(""));
    CHECK_FALSE(primaries(made::exr_chromaticities(rec709)));
    CHECK_FALSE(primaries(made::exr_interop_id("lin_rec709_scene")));
    REQUIRE(primaries(made::exr_chromaticities(p3)));
    CHECK(are_same_primaries(*primaries(made::exr_chromaticities(p3)),
                             *primaries(made::exr_interop_id("lin_p3d65_scene"))));
    // The id is the more exact one.
    CHECK_FALSE(primaries(made::exr_chromaticities(p3) + made::exr_interop_id("lin_rec709_scene")));
    for (const char* id :
         {"lin_ap0_scene", "lin_ap1_scene", "lin_rec2020_scene", "lin_adobergb_scene"}) {
        CAPTURE(id);
        CHECK(primaries(made::exr_interop_id(id)));
    }
    // Primaries beyond what can be seen are sane.
    constexpr std::array<float, 8> wide = {
        0.684F, 0.313F, 0.221F, 0.848F, 0.0861F, -0.102F, 0.3127F, 0.329F};
    CHECK(primaries(made::exr_chromaticities(wide)));
}

TEST_CASE("an EXR in a space that is not linear, or not known, is refused by name",
          "[picture_header]") {
    const auto exr = [](const std::string& attributes) {
        return made::file(made::Exr{.attributes = attributes});
    };
    for (const std::string id : {"srgb_rec709_scene", "g24_rec709_display", "unknown", "my_log"}) {
        CHECK(refuses(exr(made::exr_interop_id(id)),
                      "has the colorInteropID \"" + id + "\": expected linear pixels"));
    }
    CHECK(refuses(exr(made::exr_interop_id("data")), "it holds no colours"));
    CHECK(refuses(exr(made::exr_interop_id("\x1b[2J")), "colorInteropID \"?[2J\""));
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<std::array<float, 8>> wrong_ones = {
        {},
        {0.64F, 0.33F, 0.64F, 0.33F, 0.15F, 0.06F, 0.3127F, 0.329F},  // two are one
        {0.1F, 0.1F, 0.2F, 0.2F, 0.3F, 0.3F, 0.3127F, 0.329F},        // on a line
        {0.64F, 0.33F, 0.3F, 0.6F, 0.15F, 0.06F, 0.7F, 0.3F},         // white outside
        {0.64F, 0.33F, 0.3F, 0.6F, 0.15F, 0.06F, 0.3127F, 0},         // and of no light
        {nan, 0.33F, 0.3F, 0.6F, 0.15F, 0.06F, 0.3127F, 0.329F},
        {640, 330, 300, 600, 150, 60, 312.7F, 329}};
    for (const std::array<float, 8>& wrong : wrong_ones) {
        CAPTURE(wrong);
        CHECK(refuses(exr(made::exr_chromaticities(wrong)), "that are no colour space"));
    }
}

TEST_CASE("an EXR's table of offsets leads to its lines, all of them in the file",
          "[picture_header]") {
    const std::string whole = made::file(made::Exr{.stored = {0, 0, 3, 7}, .shown = {0, 0, 3, 7}});
    const std::size_t table = whole.size() - 8 * (8 + 8 + 3 * 4 * 4);
    const auto with_offset = [&](std::uint64_t offset) {
        std::string changed = whole;
        return changed.replace(table + 8, 8, made::little(offset, 8));
    };
    CHECK(refuses(with_offset(0), "its writer did not finish"));
    CHECK(refuses(with_offset(whole.size()), "is truncated"));
    CHECK(refuses(with_offset(~std::uint64_t{0}), "is truncated"));
    CHECK(refuses(with_offset(table + 64), "points to something else"));
}

TEST_CASE("a picture beyond the limits of size is refused in every format", "[picture_header]") {
    constexpr int too_wide = static_cast<int>(picture_side_max) + 1;
    CHECK(refuses(made::png(too_wide, 1), "16385x1 pixels"));
    CHECK(refuses(made::file(made::Jpeg{too_wide, 1}), "16385x1 pixels"));
    CHECK(refuses(made::file(made::Exr{.shown = {0, 0, too_wide - 1, 0}}), "16385x1 pixels"));
    CHECK(refuses(made::file(made::Exr{.shown = {-2'000'000'000, 0, 2'000'000'000, 0}}),
                  "4000000001x1 pixels"));
}

TEST_CASE("files of other formats are named, with what to do", "[picture_header]") {
    CHECK(refuses("RIFF\x10\0\0\0WEBPVP8 ", "is not a PNG"));
    CHECK(refuses(std::string("RIFF\x10\0\0\0WEBPVP8 ", 16), "is a WebP picture; convert it"));
    CHECK(refuses("GIF89a", "is a GIF picture; convert it to PNG, JPEG or OpenEXR"));
    CHECK(refuses(std::string("II*\0", 4), "is a TIFF picture"));
    CHECK(refuses(std::string("\0\0\0\x18"
                              "ftypheic",
                              12),
                  "is a HEIC picture"));
    CHECK(refuses("version https://git-lfs.github.com/spec/v1", "git lfs pull"));
    CHECK(refuses("nightreel: 1\n", "is not a PNG, JPEG or OpenEXR picture"));
}

}  // namespace nightreel
