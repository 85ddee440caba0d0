#pragma once
// What a character looks like in numbers, without any network: which colours it has, and its
// outline. Colours are compared in Oklab (B. Ottosson, 2020), where equal distances look about
// equal. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/takes/quality/reduced_picture.h"

namespace nightreel {

struct Oklab {
    float lightness = 0;  // 0 to 1
    float a = 0;          // green to red, about -0.4 to 0.4
    float b = 0;          // blue to yellow
};

// Of 8-bit sRGB code values.
Oklab oklab_of(const float* codes);

std::vector<Oklab> oklab_of(const ReducedPicture& picture);

float distance_of(const Oklab& one, const Oklab& other);

// How often each colour occurs, in coarse bins; the sum of all is 1 when it is normalised.
inline constexpr int lightness_bins = 8;
inline constexpr int hue_bins = 20;  // of a and of b
inline constexpr std::size_t colour_bins = std::size_t{lightness_bins} * hue_bins * hue_bins;
using ColourCounts = std::vector<double>;  // colour_bins of them

std::size_t colour_bin(const Oklab& colour);

// Spreads every bin over its neighbours, so that nearby colours meet, and normalises.
ColourCounts softened(const ColourCounts& counts);

// The same along each axis alone, which is small enough to be kept for each frame and can be
// compared as piles of earth: how much has to be carried how far.
inline constexpr std::size_t axis_bins = 16;
using ColourAxes = std::array<float, 3 * axis_bins>;

void add_to(ColourAxes& axes, const Oklab& colour);
void normalise(ColourAxes& axes);

// Earth mover's distance along the axes, summed; in units of Oklab.
double distance_of(const ColourAxes& one, const ColourAxes& other);

// A character's share of each cell of its own box: the outline, whatever its place and size.
inline constexpr int outline_cells = 10;  // a side
using Outline = std::array<float, std::size_t{outline_cells} * outline_cells>;

// Mean difference of two cells, 0 to 1.
double distance_of(const Outline& one, const Outline& other);

}  // namespace nightreel
