#pragma once
// What an actor does, from the boxes it was seen in. Pure.

#include <span>
#include <vector>

#include "toybox/detect/background.h"

namespace nightreel::toybox {

// An actor on one frame of a clip, pixels.
struct Sighting {
    int frame = 0;
    double x = 0;  // middle
    double bottom = 0;
    double width = 0;
    double height = 0;
    bool clear = false;  // whole in the picture, nothing close in front of it
};

struct ActionGuess {
    Action action = Action::stands;
    double speed = 0;       // over the stage, pixels a frame
    double lift = 0;        // median height above the ground, pixels
    double lift_range = 0;  // between its 5th and 95th percentile
    double narrowness = 1;  // how thin it gets: narrow over wide
};

ActionGuess action_of(std::span<const Sighting> track, const CameraPath& camera);

}  // namespace nightreel::toybox
