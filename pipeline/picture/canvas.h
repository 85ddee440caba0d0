#pragma once
// What slates, burn-ins and contact sheets are put together with. Values are display-referred.
// Pure; any thread.

#include <array>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

using Colour = std::array<float, 3>;

struct Box {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

FrameRgb filled(int width, int height, Colour colour);

// Each pixel becomes factor x factor pixels.
FrameRgb enlarged(const FrameRgb& picture, int factor);

// Each pixel is the average of what it covers; neither side may grow.
FrameRgb shrunk(const FrameRgb& picture, int width, int height);

// The picture as large as it can be inside width x height: a whole factor when it grows.
FrameRgb fitted(const FrameRgb& picture, int width, int height);

// Both clip to the canvas.
void paste(FrameRgb& canvas, const FrameRgb& picture, int x, int y);
void shade(FrameRgb& canvas, Box box, Colour colour, float opacity);

}  // namespace nightreel
