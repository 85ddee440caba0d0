#include "shotspec/resolve/prompt_slips.h"

#include <catch2/catch.hpp>

#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

using Strings = std::vector<std::string>;

Strings slips_in(const std::string& prompt) {
    return prompt_slips(prompt, {"mira", "otto"});
}

}  // namespace

TEST_CASE("a character named as other programs do is told, with the way to name it here",
          "[shotspec]") {
    const std::string as_words = " is read as these words: write {otto} for the character";
    for (const std::string written :
         {"{{otto}}", "<otto>", "%(otto)s", "$otto", "@otto", "[[otto]]"}) {
        CAPTURE(written);
        CHECK(slips_in(written + " spins, " + written) == Strings{written + as_words});
    }
    CHECK(slips_in("{{ otto }} spins") == Strings{"{{otto}}" + as_words});
    for (const char* fine :
         {"{otto} spins", "{{star}}", "<star>", "$5", "otto", "%(otto", "a < b"}) {
        CAPTURE(fine);
        CHECK(slips_in(fine).empty());
    }
}

TEST_CASE("LoRAs and weights in a prompt are told", "[shotspec]") {
    CHECK(slips_in("a star <lora:ink:0.8>") ==
          Strings{"<lora:ink:0.8> is read as words: name the file under loras:"});
    CHECK(slips_in("a (red star:1.3) jumps") ==
          Strings{"(red star:1.3) is read as words: weights in prompts are not supported"});
    for (const char* fine : {"a star (at 12:30)", "a star (red)", "(12:30", "()", "("}) {
        CAPTURE(fine);
        CHECK(slips_in(fine).empty());
    }
}

TEST_CASE("slips are warned of in every prompt of a night, at its place", "[shotspec]") {
    const CheckedNight checked = check_text(
        "nightreel: 1\nshow: aurora\ndefaults: { model: toybox, negative: (star:2) }\n"
        "characters:\n  mira: { prompt: \"a $mira star\" }\n"
        "shots:\n  - { shot: a, frames: 9, prompt: \"{{mira}} jumps\" }\n");
    CHECK(checked.night);
    REQUIRE(checked.diagnostics.size() == 3);
    CHECK(text_of(checked.diagnostics[0])
              .starts_with("night.yaml:3:38: warning: defaults.negative: "));
    CHECK(checked.diagnostics[1].path == "characters.mira.prompt");
    CHECK(checked.diagnostics[2].path == "shots[0].prompt");
}

}  // namespace nightreel
