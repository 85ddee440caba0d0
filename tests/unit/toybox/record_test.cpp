#include "toybox/world/record.h"

#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "toybox/world/trajectory.h"

namespace nightreel::toybox {
namespace {

std::string complaint_about(const std::string& text) {
    try {
        record_from_text(text);
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return "";
}

TEST_CASE("the same seed gives the same records and another seed others", "[toybox]") {
    Dice dice(7);
    Dice again(7);
    Dice other(8);
    const Record record = sample_record(dice);
    CHECK(sample_record(again) == record);
    CHECK_FALSE(sample_record(other) == record);
    CHECK_FALSE(sample_record(dice) == record);
}

TEST_CASE("fourteen of the 144 triples are held out", "[toybox]") {
    int count = 0;
    for (std::size_t shape = 0; shape < count_of<Shape>; ++shape) {
        for (std::size_t colour = 0; colour < count_of<Colour>; ++colour) {
            for (std::size_t action = 0; action < count_of<Action>; ++action) {
                count += held_out(static_cast<Shape>(shape),
                                  static_cast<Colour>(colour),
                                  static_cast<Action>(action));
            }
        }
    }
    CHECK(count == 14);
    CHECK(held_out(Shape::star, Colour::blue, Action::stands));
    CHECK(held_out(Shape::circle, Colour::yellow, Action::jumps));
}

TEST_CASE("records keep to the triples that are asked for", "[toybox]") {
    Dice dice(1);
    for (int i = 0; i < 300; ++i) {
        const Actor seen = sample_record(dice).actors[0];
        for (const Action action : seen.actions)
            CHECK_FALSE(held_out(seen.shape, seen.colour, action));
        const Actor kept =
            sample_record(dice, {.triples = Triples::held_out, .phases = 1}).actors[0];
        CHECK(held_out(kept.shape, kept.colour, kept.actions[0]));
    }
}

TEST_CASE("every value of the world comes up about as often as it should", "[toybox]") {
    Dice dice(3);
    std::map<Shape, int> shapes;
    std::map<Camera, int> cameras;
    int with_pillar = 0;
    int two_phases = 0;
    constexpr int count = 4000;
    for (int i = 0; i < count; ++i) {
        const Record record = sample_record(dice, {.triples = Triples::any});
        ++shapes[record.actors[0].shape];
        ++cameras[record.cameras[0]];
        with_pillar += record.pillar_x.has_value();
        two_phases += record.switch_frame > 0;
    }
    for (const auto& [shape, times] : shapes) CHECK(times == Approx(count / 4).margin(120));
    CHECK(shapes.size() == 4);
    CHECK(cameras[Camera::still] == Approx(count / 2).margin(140));
    CHECK(cameras[Camera::pan_left] == Approx(count / 4).margin(120));
    CHECK(cameras[Camera::push_in] == 0);
    CHECK(with_pillar == Approx(0.2 * count).margin(110));
    CHECK(two_phases == Approx(0.3 * count).margin(125));
}

TEST_CASE("an actor stays in view for 33 frames", "[toybox]") {
    Dice dice(11);
    for (int i = 0; i < 500; ++i) {
        const Record record = sample_record(dice);
        const Trajectory path = trajectory_of(record, 33);
        for (std::size_t f = 0; f < 33; ++f) {
            const double column = path.actors[0].x[f] - path.camera_x[f];
            // The few that move against the camera for all the time may leave by a few pixels.
            CHECK(column > -2);
            CHECK(column < frame_width + 2);
        }
    }
}

TEST_CASE("a record survives its text", "[toybox]") {
    Dice dice(5);
    for (int i = 0; i < 200; ++i) {
        const Record record = sample_record(dice);
        CHECK(record_from_text(to_text(record)) == record);
    }
}

TEST_CASE("a wrong record is refused with its line", "[toybox]") {
    const std::string good = "background snow 3.5\ncamera static\n";
    const std::string actor = "actor small red striped star 40 jumps\n";
    CHECK(complaint_about(good + actor).empty());
    CHECK_THAT(complaint_about(good + "actor small red striped starr 40 jumps\n"),
               Catch::Contains("`starr`"));
    CHECK_THAT(complaint_about(good + "actor small red striped star 4x0 jumps\n"),
               Catch::Contains("`4x0`"));
    CHECK_THAT(complaint_about(good + "actor small red striped star nan jumps\n"),
               Catch::Contains("`nan`"));
    CHECK_THAT(complaint_about(good + "actor small red\n"), Catch::Contains("missing"));
    CHECK_THAT(complaint_about(good), Catch::Contains("one actor or two"));
    CHECK_THAT(complaint_about(good + actor + "switch 17\n"), Catch::Contains("switch 17"));
    CHECK_THAT(complaint_about(good + actor + "switch 16\n"), Catch::Contains("one move a phase"));
    CHECK_THAT(complaint_about(good + actor + "pilar 4\n"), Catch::Contains("pilar"));
    CHECK_THAT(complaint_about(good + actor + "pillar 4 5\n"), Catch::Contains("too many"));
}

}  // namespace
}  // namespace nightreel::toybox
