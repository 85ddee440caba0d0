#include "pipeline/preflight/check_pictures.h"

#include <limits>

#include <catch2/catch.hpp>

#include "tests/support/made_pictures.h"
#include "tests/unit/preflight/night_stage.h"

namespace nightreel {
namespace {

using Strings = std::vector<std::string>;

Strings told_of_picture(const NightStage& stage, const std::string& bytes) {
    stage.write("mira.pic", bytes);
    return NightStage::told(
        stage.check(night_of("  - { shot: a, frames: 9, prompt: \"{mira}\" }\n"
                             "  - { shot: b, frames: 9, prompt: \"{mira}\" }\n",
                             "characters:\n  mira: { prompt: a star, references: [mira.pic] }\n")));
}

// A PNG of 4x2 pixels, or an EXR, of the size that the bundled model takes.
made::Png shown_png() {
    return {.width = 96, .height = 64};
}

std::string exr_of(std::function<float(const std::string&, int, int)> value) {
    return made::file(
        made::Exr{.stored = {0, 0, 95, 63}, .shown = {0, 0, 95, 63}, .value = std::move(value)});
}

}  // namespace

TEST_CASE("a picture that can be decoded is not complained of", "[preflight]") {
    const NightStage stage;
    CHECK(told_of_picture(stage, made::file(shown_png())).empty());
    CHECK(
        told_of_picture(stage, exr_of([](const std::string&, int, int) { return 0.5F; })).empty());
    made::Png indexed = shown_png();
    indexed.colour_type = 3;
    indexed.pixel = {1};
    indexed.chunks = made::png_chunk("PLTE", std::string("\0\0\0\xff\xff\xff", 6));
    CHECK(told_of_picture(stage, made::file(indexed)).empty());
}

TEST_CASE("damage behind right checksums is found, once for each file, with a remedy",
          "[preflight]") {
    const NightStage stage;
    const std::string place = "5:40: characters.mira.references[0]: mira.pic: is damaged (";
    const auto damaged = [&](const std::string& coded) {
        const std::string whole = made::file(shown_png());
        return whole.substr(0, 33) + made::png_chunk("IDAT", coded) + made::png_chunk("IEND", "");
    };
    const std::string filter_9(64 * (1 + 96 * 3), '\x09');
    for (const std::string& coded : {std::string("not zlib at all"),
                                     made::stored_zlib("too few rows"),
                                     made::stored_zlib(filter_9)}) {
        const Strings told = told_of_picture(stage, damaged(coded));
        REQUIRE(told.size() == 1);
        INFO(told[0]);
        CHECK(told[0].starts_with(place));
        CHECK(told[0].ends_with("); export it again"));
    }
    made::Png indexed = shown_png();
    indexed.colour_type = 3;
    indexed.pixel = {2};
    indexed.chunks = made::png_chunk("PLTE", std::string("\0\0\0\xff\xff\xff", 6));
    CHECK(told_of_picture(stage, made::file(indexed)) ==
          Strings{place + "a pixel has the colour 2 of a palette of 2); export it again"});
}

TEST_CASE("pixels of an EXR that are NaN are told, and refused where there are no others",
          "[preflight]") {
    const NightStage stage;
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::string some = exr_of([](const std::string& channel, int x, int y) {
        return channel == "G" && x == 3 && y < 2 ? nan : 0.5F;
    });
    CHECK(
        told_of_picture(stage, some) ==
        Strings{"5:40: warning: characters.mira.references[0]: mira.pic: 2 of its 6144 pixels are "
                "NaN, which are read as black"});
    const std::string all = exr_of([](const std::string&, int, int) { return nan; });
    CHECK(told_of_picture(stage, all) ==
          Strings{"5:40: characters.mira.references[0]: mira.pic: every pixel is NaN; render or "
                  "export it again"});
}

}  // namespace nightreel
