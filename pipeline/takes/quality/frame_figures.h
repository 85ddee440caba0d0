#pragma once
// What is measured on one frame alone and against its neighbours. Pure; any thread.

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/takes/quality/reduced_picture.h"

namespace nightreel {

// Code values, and squares of them where said.
struct FrameFigures {
    std::array<double, 3> mean{};  // red, green, blue
    double brightness = 0;         // mean luma
    double contrast = 0;           // standard deviation of luma
    double sharpness = 0;          // variance of the Laplacian of luma, squared code values
    // Of each tile, at its edges alone: sums of squares of the Laplacian and of the gradient. Their
    // ratio says how steep edges are, however many and however high they are.
    std::array<float, tile_count> edge_bends{};
    std::array<float, tile_count> edge_slopes{};
    bool black = false;
    bool broken = false;
};

FrameFigures figures_of(const std::vector<std::uint8_t>& codes, int width, int height);

// Mean absolute difference, in code values.
double difference_of(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b);

// Mean absolute second difference of three consecutive pictures.
double acceleration_of(const ReducedPicture& a, const ReducedPicture& b, const ReducedPicture& c);

// The tile that changes more than most others: what moves through the picture does not count, what
// happens to the whole of it does. Code values.
double widespread_difference(const ReducedPicture& a, const ReducedPicture& b);

// Median over the tiles of the change of each channel: what the whole picture does, whatever moves
// through it.
std::array<double, 3> common_step(const Tiles& before, const Tiles& after);

}  // namespace nightreel
