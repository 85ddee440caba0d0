#include <catch2/catch.hpp>

#include "tests/unit/shotspec/night_text.h"

// Looks that shots of a show have in common.

namespace nightreel {
namespace {

const std::string styles_head =
    "nightreel: 1\nshow: aurora\n"
    "defaults: { model: toybox, style: ink, negative: blur }\n"
    "styles:\n"
    "  ink: { prompt: \"ink  drawing\", negative: photograph }\n"
    "  chalk: { prompt: chalk on slate }\n"
    "shots:\n";

}  // namespace

TEST_CASE("the words of a style follow those of the shot", "[shotspec]") {
    const CheckedNight checked = check_text(
        styles_head +
        "  - { shot: a, prompt: a star jumps, frames: 9 }\n"
        "  - { shot: b, prompt: a star jumps, frames: 9, style: chalk }\n"
        "  - { shot: c, prompt: a star jumps, frames: 9, style: none }\n"
        "  - { shot: d, frames: 60, storyboard: [{ at: 0s, prompt: a star }, { at: 3s, prompt: a "
        "box }] }\n");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const auto& shots = checked.night->shots;
    CHECK(shots[0].prompt == "a star jumps, ink drawing");
    CHECK(shots[0].negative_prompt == "blur, photograph");
    CHECK(shots[1].prompt == "a star jumps, chalk on slate");
    CHECK(shots[1].negative_prompt == "blur");
    CHECK(shots[2].prompt == "a star jumps");
    CHECK(shots[3].cards.value()[1].prompt == "a box, ink drawing");
}

TEST_CASE("a negative prompt without guidance is warned of where it is written", "[shotspec]") {
    const auto warned = [](const std::string& shot) {
        return complaints_of(
            check_text(styles_head + "  - { shot: a, prompt: a star, frames: 9, " + shot + " }\n"));
    };
    CHECK(warned("guidance: 2").empty());
    CHECK(warned("guidance: 1").find("defaults.negative: has no effect with guidance 1") !=
          std::string::npos);
    CHECK(warned("guidance: 1, negative: \"\"").find("style: its negative prompt has no effect") !=
          std::string::npos);
    CHECK(warned("guidance: 1, negative: \"\", style: none").empty());
}

TEST_CASE("a style that is not there is named with its place and the ones that are", "[shotspec]") {
    const auto says = [](const std::string& lines, const char* part) {
        const std::string complaints = complaints_of(check_text(lines));
        INFO(complaints);
        CHECK(complaints.find(part) != std::string::npos);
    };
    says(styles_head + "  - { shot: a, prompt: x, frames: 9, style: chalc }\n",
         "shots[0].style: no style chalc; did you mean chalk?");
    says(styles_head + "  - { shot: a, prompt: x, frames: 9, style: oil }\n",
         "there is chalk and ink");
    says(
        "nightreel: 1\nshow: a\nstyles: { none: { prompt: x } }\n"
        "shots: [{ shot: a, model: toybox, prompt: x, frames: 9 }]\n",
        "none means no style");
    says(
        "nightreel: 1\nshow: a\nstyles: { ink: { negative: x } }\n"
        "shots: [{ shot: a, model: toybox, prompt: x, frames: 9 }]\n",
        "styles.ink.prompt: is missing");
}

}  // namespace nightreel
