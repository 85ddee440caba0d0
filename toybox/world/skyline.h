#pragma once
// Height of a background's skyline above the horizon, a periodic curve. Built once by its owner,
// then read by any thread.

#include <array>
#include <vector>

#include "toybox/world/vocabulary.h"

namespace nightreel::toybox {

class Skylines {
  public:
    Skylines();

    double height(Background background, double x) const;  // pixels; x of any size or sign

  private:
    std::array<std::vector<double>, count_of<Background>> heights_;
};

}  // namespace nightreel::toybox
