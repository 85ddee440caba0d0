#pragma once
// Which background a clip shows and how the camera moves over it, read from the skyline's outline.
// A SkylineSearch is built once by its owner, then read by any thread.

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "toybox/world/frame.h"

namespace nightreel::toybox {

struct BackgroundGuess {
    Background background = Background::night;
    double error = 0;  // sum of absolute colour differences
};

BackgroundGuess background_of(std::span<const Frame> clip);

struct CameraPath {
    Camera move = Camera::still;
    std::vector<double> pan;   // pixels since the first frame looked at, one a frame
    std::vector<double> zoom;  // one a frame
    double error = 99;         // median misfit of the outline, pixels; 99 where it was not seen
};

class SkylineSearch {
  public:
    SkylineSearch();

    CameraPath camera_of(std::span<const Frame> clip, Background background) const;

  private:
    struct State {
        double zoom = 1, offset = 0, error = 0;
    };

    std::optional<State> state_of(const Frame& frame, Background background) const;

    // Outline row per zoom, offset and column, in that order.
    std::array<std::vector<float>, count_of<Background>> outlines_;
};

}  // namespace nightreel::toybox
