#pragma once
// Where everything is on each frame of a record. Pure; what the renderer draws and what the
// detector is judged by.

#include <vector>

#include "toybox/world/record.h"

namespace nightreel::toybox {

struct ActorPath {
    std::vector<double> x;      // on the stage, pixels
    std::vector<double> lift;   // above the ground, pixels
    std::vector<double> width;  // 1 is the whole width; a spinning actor turns edge-on
};

struct Trajectory {
    std::vector<ActorPath> actors;
    std::vector<double> camera_x;
    std::vector<double> zoom;
};

Trajectory trajectory_of(const Record& record, int frames);

// Sum of the stage speeds of an actor and of the camera up to each frame.
std::vector<double> walked(const Record& record, const Actor& actor, int frames);
std::vector<double> panned(const Record& record, int frames);

}  // namespace nightreel::toybox
