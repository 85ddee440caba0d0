#include "shotspec/night/promotion.h"

#include <catch2/catch.hpp>

#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

std::string night_with(const std::string& more, const std::string& quality = "draft") {
    return "nightreel: 1\nshow: aurora\nseed: 5\n" + more +
           "defaults: { model: toybox, takes: { count: 4, keep: 1 }, quality: " + quality +
           " }\n"
           "shots:\n"
           "  - { shot: a_010, prompt: x, frames: 9 }\n"
           "  - { shot: a_020, prompt: x, frames: 9, seed: 8 }\n"
           "  - { shot: a_030, prompt: x, frames: 9, seeds: [4, 5], takes: 2 }\n";
}

ResolvedNight resolved(const std::string& text) {
    const CheckedNight checked = check_text(text);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    return *checked.night;
}

using Seeds = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a night that promotes takes has these, in final quality, and no other shot",
          "[shotspec]") {
    const ResolvedNight night = resolved(
        night_with("promote: [{ shot: a_030, seeds: [5] }, { shot: a_010, seeds: [0x10, 9] }]\n"));
    REQUIRE(night.shots.size() == 2);  // in the order of the night
    CHECK(night.shots[0].name == "a_010");
    CHECK(night.shots[0].take_seeds == Seeds{16, 9});
    CHECK(night.shots[0].takes == 2);
    CHECK_FALSE(night.shots[0].keep);
    CHECK(night.shots[0].quality == Quality::final);
    CHECK(night.shots[0].sampling.steps == 20);
    CHECK(night.shots[1].name == "a_030");
    CHECK(night.shots[1].take_seeds == Seeds{5});
    CHECK(night.shots[1].takes == 1);
}

TEST_CASE("a promotion that does not fit the night is complained of where it stands",
          "[shotspec]") {
    const auto complaint = [](const std::string& promote) {
        return complaints_of(check_text(night_with("promote: " + promote + "\n")));
    };
    CHECK_THAT(complaint("[{ shot: a_040, seeds: [1] }]"),
               Catch::Contains("night.yaml:4:11: promote[0].shot: the night has no shot a_040"));
    CHECK_THAT(complaint("[{ shot: a_010 }]"), Catch::Contains("promote[0].seeds"));
    CHECK_THAT(complaint("[{ shot: a_010, seeds: [] }]"), Catch::Contains("is empty"));
    CHECK_THAT(complaint("a_010"), Catch::Contains("promote"));
    CHECK_THAT(complaint("[]"), Catch::Contains("promote: is empty"));
    CHECK_THAT(complaint("[{ shot: a_010, seeds: [1] }, { shot: a_010, seeds: [2] }]"),
               Catch::Contains("promote[1].shot: a_010 is named twice"));
}

TEST_CASE("a preview is a draft of the first take, before all shots, with its noise",
          "[shotspec]") {
    const ResolvedNight night = resolved(night_with("preview: true\n", "final"));
    REQUIRE(night.shots.size() == 6);
    for (std::size_t i = 0; i < 3; ++i) {
        const ResolvedShot& preview = night.shots[i];
        const ResolvedShot& shot = night.shots[i + 3];
        CHECK(preview.name == shot.name + "_preview");
        CHECK(preview.quality == Quality::draft);
        CHECK(preview.takes == 1);
        CHECK_FALSE(preview.keep);
        CHECK(shot.quality == Quality::final);
        CHECK(shot.takes > 1);
        CHECK_FALSE(shot.noise_of);
    }
    CHECK(night.shots[0].noise_of == "a_010");
    CHECK_FALSE(night.shots[1].noise_of);
    CHECK(night.shots[1].seed == 8);
    CHECK(night.shots[2].seed == 4);
    // A shot that is a draft itself needs none, and a promoted night neither.
    CHECK(resolved(night_with("preview: true\n")).shots.size() == 3);
    CHECK(resolved(night_with("preview: false\n", "final")).shots.size() == 3);
    CHECK(resolved(night_with("preview: true\npromote: [{ shot: a_010, seeds: [1] }]\n", "final"))
              .shots.size() == 1);
}

}  // namespace nightreel
