#pragma once
// Frames in, facts out: an exact observer of the toy world without any learned part. It reads
// colour masks, boxes, template correlation and the skyline's outline. A Detector is built once by
// its owner (0.2 s), then asked from any thread.

#include <span>
#include <vector>

#include "toybox/detect/action.h"
#include "toybox/detect/background.h"
#include "toybox/detect/templates.h"
#include "toybox/world/frame.h"

namespace nightreel::toybox {

struct SeenActor {
    Shape shape = Shape::circle;
    Colour colour = Colour::red;
    Pattern pattern = Pattern::plain;
    Size size = Size::small;
    ActionGuess doing;
    double likeness = 0;  // mean correlation with the template of its shape and pattern
    double area = 0;      // median over frames, pixels
    double peak = 0;      // median over frames of the strongest weight
    double seen = 0;      // share of the clip's frames
    std::vector<Sighting> track;
};

struct Detection {
    Background background = Background::night;
    double background_error = 0;
    CameraPath camera;
    bool has_pillar = false;
    std::vector<SeenActor> actors;  // the most certain first
};

class Detector {
  public:
    Detector();

    // The clip has one frame or more; actions and camera moves want 17, one period of the world.
    Detection detect(std::span<const Frame> clip) const;

  private:
    SkylineSearch skyline_;
    std::vector<Template> templates_;
};

}  // namespace nightreel::toybox
