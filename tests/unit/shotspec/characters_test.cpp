#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

// Characters of a show: several in a shot, and a register that nights include.

namespace nightreel {
namespace {

const std::string cast =
    "characters:\n"
    "  mira: { prompt: a star, negative: spots }\n"
    "  otto: { prompt: a ball, negative: \"stripes,  dots\" }\n";

}  // namespace

TEST_CASE("negative words of the characters in a shot follow its own", "[shotspec]") {
    const CheckedNight checked = check_text(
        "nightreel: 1\nshow: aurora\ndefaults: { model: toybox, negative: blur }\n" + cast +
        "shots:\n"
        "  - { shot: a, prompt: \"{otto} and {mira}\", frames: 9 }\n"
        "  - { shot: b, prompt: \"{mira}\", frames: 9, negative: noise }\n"
        "  - { shot: c, prompt: \"nobody\", frames: 9 }\n");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots[0].negative_prompt == "blur, stripes, dots, spots");
    CHECK(checked.night->shots[1].negative_prompt == "noise, spots");
    CHECK(checked.night->shots[2].negative_prompt == "blur");
}

TEST_CASE("a register is a file of characters alone, and a change of one is told", "[shotspec]") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path() / "show/refs");
    write_file_atomically(folder.path() / "show/cast.yaml",
                          "nightreel: 1\ncharacters:\n"
                          "  mira: { prompt: a star, references: [refs/mira.png] }\n"
                          "  otto: { prompt: a ball }\n");
    write_file_atomically(folder.path() / "show/refs/mira.png", made::png(96, 64));
    const auto check = [&](const std::string& more) {
        return check_text(
            "nightreel: 1\nshow: aurora\ninclude: [show/cast.yaml]\n"
            "defaults: { model: toybox }\n" +
                more + "shots: [{ shot: a, prompt: \"{mira} jumps\", frames: 9 }]\n",
            {},
            folder.path() / "night.yaml");
    };
    // By itself it can be checked, and has nothing to render.
    const CheckedNight alone = check_night(folder.path() / "show/cast.yaml", {{"models"}, {}});
    INFO(complaints_of(alone));
    CHECK(alone.is_register);
    REQUIRE(alone.night);
    CHECK(alone.night->shots.empty());
    const CheckedNight same = check("");
    CHECK_FALSE(same.is_register);
    INFO(complaints_of(same));
    REQUIRE(same.night);
    CHECK(same.diagnostics.empty());
    // Its paths are relative to itself.
    CHECK(same.night->shots[0].references.at(0).path ==
          (folder.path() / "show/refs/mira.png").string());
    CHECK(check("characters: { otto: { prompt: a ball } }\n").diagnostics.empty());
    const CheckedNight other = check("characters: { otto: { prompt: a blue ball } }\n");
    REQUIRE(other.night);
    const std::string complaints = complaints_of(other);
    CHECK(complaints.find("warning: characters.otto: differs from that of") != std::string::npos);
    CHECK(complaints.find("cast.yaml line 4") != std::string::npos);
}

}  // namespace nightreel
