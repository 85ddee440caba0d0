#include "toybox/detect/seam.h"

#include <vector>

#include <catch2/catch.hpp>

#include "toybox/detect/statistics.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

// Grey frames of the given levels.
Clip levels(const std::vector<int>& values) {
    Clip clip;
    for (const int value : values) {
        clip.emplace_back();
        clip.back().rgb.fill(static_cast<std::uint8_t>(value));
    }
    return clip;
}

TEST_CASE("the ratio of a joint is its step over the usual step", "[toybox]") {
    const Clip clip = levels({0, 2, 4, 6, 8, 28, 30, 32, 34, 36});
    const std::vector<std::size_t> joints{5};
    const std::vector<double> ratios = seam_ratios(clip, joints);
    REQUIRE(ratios.size() == 1);
    CHECK(ratios[0] == Approx(10.0));
}

TEST_CASE("steps near a joint are not usual ones", "[toybox]") {
    // The frames around the joint are restless; the rest moves by one level a frame.
    const Clip clip = levels({0, 1, 2, 12, 22, 42, 52, 62, 63, 64, 65});
    const std::vector<std::size_t> joints{5};
    CHECK(seam_ratios(clip, joints)[0] == Approx(20.0));
    // Without overlap only what follows a start is left out, so that frames 3 and 4 count.
    CHECK(seam_ratios(clip, joints, UsualSteps::away_from_starts)[0] == Approx(20.0));
    CHECK(seam_ratios(levels({0, 1, 2, 12, 22, 42, 52, 62, 63}),
                      joints,
                      UsualSteps::away_from_starts)[0] == Approx(2.0));
}

TEST_CASE("a stream that stands still has finite ratios", "[toybox]") {
    const std::vector<std::size_t> joints{4};
    CHECK(seam_ratios(levels({9, 9, 9, 9, 9, 9, 9, 9, 9}), joints)[0] == 0.0);
    CHECK(seam_ratios(levels({9, 9, 9, 9, 10, 10, 10, 10, 10}), joints)[0] == Approx(20.0));
}

TEST_CASE("a true stream has no seam where one is supposed, a cut has", "[toybox]") {
    const Stage stage;
    Dice dice(4);
    std::vector<double> none, cut;
    for (int i = 0; i < 12; ++i) {
        const Record record = sample_record(dice, {.phases = 1, .camera = Camera::pan_left});
        Clip clip = stage.render(record, 34);
        const std::vector<std::size_t> joints{17};
        none.push_back(seam_ratios(clip, joints)[0]);
        const Record other = sample_record(dice, {.phases = 1});
        const Clip tail = stage.render(other, 17);
        std::copy(tail.begin(), tail.end(), clip.begin() + 17);
        cut.push_back(seam_ratios(clip, joints)[0]);
    }
    CHECK(median(none) < 1.3);
    CHECK(median(cut) > 5);
}

}  // namespace
}  // namespace nightreel::toybox
