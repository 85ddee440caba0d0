#pragma once
// What is true of one stream of the toy world: who is on the stage, what they do, where the camera
// goes. Values; a stream has one or two phases, and an action or a camera move lasts for a phase.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toybox/world/dice.h"
#include "toybox/world/vocabulary.h"

namespace nightreel::toybox {

struct Actor {
    Shape shape = Shape::circle;
    Colour colour = Colour::red;
    Pattern pattern = Pattern::plain;
    Size size = Size::small;
    std::vector<Action> actions{Action::stands};  // one a phase
    double x = frame_width / 2.0;                 // of its middle, on the first frame

    friend bool operator==(const Actor&, const Actor&) = default;
};

struct Record {
    Background background = Background::night;
    std::vector<Camera> cameras{Camera::still};  // one a phase
    int switch_frame = 0;  // last frame of the first phase, 16 or 32; 0 where there is one phase
    double skyline_x = 0;  // where the skyline begins, pixels
    std::optional<double> pillar_x;
    std::vector<Actor> actors;  // the first stands in front of the second

    friend bool operator==(const Record&, const Record&) = default;
};

// A tenth of the (shape, colour, action) triples was kept from training, to see what combines.
bool held_out(Shape shape, Colour colour, Action action);

enum class Triples { seen, held_out, any };

struct RecordWish {
    Triples triples = Triples::seen;
    std::optional<int> phases;
    std::optional<Camera> camera;  // of the first phase
    std::optional<bool> pillar;
};

// A record of the world that the bundled model was trained on: one actor, no push-in.
Record sample_record(Dice& dice, const RecordWish& wish = {});

// One `key value` line a fact, doubles in full; from_text throws Error{bad_input} naming the line.
std::string to_text(const Record& record);
Record record_from_text(std::string_view text);

}  // namespace nightreel::toybox
