#pragma once
// Display R'G'B' to Y'CbCr as movies carry it: BT.709 matrix, limited range, 4:2:0 or 4:2:2, chroma
// sited at the left as H.264 assumes. Pure; any thread.

#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

struct YuvForm {
    int bits = 8;       // to 16
    int rows_each = 2;  // rows that share a row of chroma: 2 is 4:2:0, 1 is 4:2:2
};

struct Yuv {
    int width = 0;   // even
    int height = 0;  // even
    std::vector<std::uint16_t> luma;
    std::vector<std::uint16_t> blue;  // Cb, half as wide
    std::vector<std::uint16_t> red;   // Cr
};

// Values are clamped to [0, 1]. An odd side grows by one, repeating the last column or row.
Yuv to_yuv(const FrameRgb& display, YuvForm form = {});

}  // namespace nightreel
