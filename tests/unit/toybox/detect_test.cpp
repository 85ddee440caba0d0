#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "toybox/detect/judge.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

Record record_of(const std::string& actors) {
    return record_from_text("background desert 10\ncamera static\n" + actors);
}

TEST_CASE("at least 99 % of every attribute of true renders are read right", "[toybox]") {
    constexpr std::size_t clips = 300;
    const Stage stage;
    const Detector detector;
    Dice dice(77);
    Judgement sum;
    for (std::size_t i = 0; i < clips; ++i) {
        const Record record = sample_record(dice, {.triples = Triples::any, .phases = 1});
        const Judgement one = judge(detector.detect(stage.render(record, 17)), facts_of(record));
        UNSCOPED_INFO((one.exact.right == 1 ? "" : to_text(record)));
        sum += one;
    }
    for (const auto& [attribute, word] : EnumWords<Attribute>::words) {
        INFO(word << ": " << sum.of(attribute).right << " of " << sum.of(attribute).asked);
        CHECK(sum.of(attribute).asked == clips);
        CHECK(sum.of(attribute).right * 100 >= 99 * clips);
    }
    CHECK(sum.exact.right * 100 >= 98 * clips);
}

TEST_CASE("33 frames are read as well as 17", "[toybox]") {
    constexpr std::size_t clips = 60;
    const Stage stage;
    const Detector detector;
    Dice dice(78);
    Judgement sum;
    for (std::size_t i = 0; i < clips; ++i) {
        const Record record = sample_record(dice, {.triples = Triples::any, .phases = 1});
        sum += judge(detector.detect(stage.render(record, 33)), facts_of(record));
    }
    CHECK(sum.exact.right >= clips - 1);
}

TEST_CASE("two actors are counted and told apart", "[toybox]") {
    const Stage stage;
    const Detector detector;
    const Record two = record_of(
        "actor large blue dotted circle 25 stands\nactor small red plain star 75 jumps\n");
    const Detection seen = detector.detect(stage.render(two, 17));
    CHECK(seen.actors.size() == 2);
    CHECK(judge(seen, facts_of(two)).exact.right == 1);
    const Record twins = record_of(
        "actor large blue plain circle 25 stands\nactor large blue plain circle 75 stands\n");
    CHECK(detector.detect(stage.render(twins, 17)).actors.size() == 2);
}

TEST_CASE("a push-in is told from a pan", "[toybox]") {
    const Stage stage;
    const Detector detector;
    const std::string actor = "actor small red plain star 48 stands\n";
    for (const auto& [camera, word] : EnumWords<Camera>::words) {
        const Record record =
            record_from_text("background snow 4\ncamera " + std::string(word) + "\n" + actor);
        INFO(word);
        CHECK(detector.detect(stage.render(record, 17)).camera.move == camera);
    }
}

TEST_CASE("an empty stage has no actor, and a flat picture no facts but a background", "[toybox]") {
    const Detector detector;
    Frame grey;
    grey.rgb.fill(128);
    const Detection seen = detector.detect(Clip(17, grey));
    CHECK(seen.actors.empty());
    CHECK_FALSE(seen.has_pillar);
    CHECK(seen.camera.move == Camera::still);
}

TEST_CASE("no frames are refused, one frame is read", "[toybox]") {
    const Stage stage;
    const Detector detector;
    CHECK_THROWS_AS(detector.detect({}), Error);
    const Record record = record_of("actor small green plain square 40 stands\n");
    const Detection seen = detector.detect(stage.render(record, 1));
    REQUIRE(seen.actors.size() == 1);
    CHECK(is_same_character(seen, record.actors[0]));
}

}  // namespace
}  // namespace nightreel::toybox
