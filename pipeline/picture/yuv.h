#pragma once
// Display R'G'B' to Y'CbCr as review movies carry it: BT.709 matrix, limited range, 8 bit, 4:2:0
// with chroma sited at the left as H.264 assumes. Pure; any thread.

#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

struct Yuv420 {
    int width = 0;   // even
    int height = 0;  // even
    std::vector<std::uint8_t> luma;
    std::vector<std::uint8_t> blue;  // Cb, half as wide and high
    std::vector<std::uint8_t> red;   // Cr
};

// Values are clamped to [0, 1]. An odd side grows by one, repeating the last column or row.
Yuv420 to_yuv420(const FrameRgb& display);

}  // namespace nightreel
