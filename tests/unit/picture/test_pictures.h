#pragma once
// Pictures that tests of media, metrics and dailies are made of.

#include <cmath>
#include <cstdint>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// A gradient that moves with `frame`, with a square whose edges a codec cannot hide. In [0, 1].
inline FrameRgb moving_gradient(int width, int height, std::int64_t frame) {
    FrameRgb picture{width, height, {}};
    picture.rgb.reserve(static_cast<std::size_t>(width * height) * 3);
    const auto shift = static_cast<double>(frame) * 0.02;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double u = (x + 0.5) / width;
            const double v = (y + 0.5) / height;
            const bool square = std::abs(u - 0.3 - shift / 2) < 0.1 && std::abs(v - 0.5) < 0.15;
            picture.rgb.push_back(
                square ? 0.9F : static_cast<float>(0.5 + 0.5 * std::sin(6 * (u + shift))));
            picture.rgb.push_back(square ? 0.2F : static_cast<float>(v));
            picture.rgb.push_back(
                square ? 0.1F : static_cast<float>(0.5 + 0.5 * std::cos(4 * (v - shift))));
        }
    }
    return picture;
}

}  // namespace nightreel
