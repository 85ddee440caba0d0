#pragma once
// One picture in memory, as floats. What the values mean (display-referred in [0, 1], or
// scene-linear) is said by the function that takes or gives it. A plain value; any thread.

#include <vector>

namespace nightreel {

struct FrameRgb {
    int width = 0;
    int height = 0;
    std::vector<float> rgb;  // interleaved, rows top first: width * height * 3 values
};

}  // namespace nightreel
