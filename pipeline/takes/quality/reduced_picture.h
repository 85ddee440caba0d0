#pragma once
// A frame made small enough to be looked at in many ways: what a take shows on a large scale does
// not need all its pixels. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// The longer side of a reduced picture has at most so many pixels.
inline constexpr int reduced_side_max = 128;

// Interleaved RGB in 8-bit code values with their fractions.
struct ReducedPicture {
    int width = 0;
    int height = 0;
    std::vector<float> rgb;

    const float* at(int x, int y) const {
        return &rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x)) *
                    3];
    }
};

// 8-bit codes of a display-referred frame; what is not finite becomes 0.
std::vector<std::uint8_t> codes_of(const FrameRgb& display, bool& finite);

// Averages of square blocks; what is left over at the right and below is not looked at.
ReducedPicture reduced(const std::vector<std::uint8_t>& codes, int width, int height);

// Mean colours of a coarse grid over the picture.
inline constexpr int tile_columns = 12;
inline constexpr int tile_rows = 8;
inline constexpr std::size_t tile_count = std::size_t{tile_columns} * tile_rows;
using Tiles = std::array<std::array<float, 3>, tile_count>;
Tiles tiles_of(const ReducedPicture& picture);

// Rec.709 luma of code values.
template <class Value>
double luma(const Value* rgb) {
    return 0.2126 * static_cast<double>(rgb[0]) + 0.7152 * static_cast<double>(rgb[1]) +
           0.0722 * static_cast<double>(rgb[2]);
}

}  // namespace nightreel
