#pragma once
// Connected parts of a picture that have a character's colours. Pure; any thread.

#include <cstdint>
#include <vector>

#include "pipeline/takes/quality/appearance.h"

namespace nightreel {

struct Mask {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> set;  // 0 or 1, rows from the top

    std::size_t at(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
               static_cast<std::size_t>(x);
    }
};

// In pixels of the reduced picture; both ends included.
struct RegionBox {
    int left = 0;
    int top = 0;
    int right = -1;
    int bottom = -1;

    int width() const { return right - left + 1; }

    int height() const { return bottom - top + 1; }
};

struct Region {
    RegionBox box;
    double area = 0;
    bool at_edge = false;  // of the picture
    ColourAxes colours{};
    Outline outline{};
};

// Closes gaps of up to twice `radius` pixels, and fills holes: stripes and dots of other colours
// belong to a character too.
Mask closed(const Mask& mask, int radius);
double area_of(const Mask& mask);

// The largest first; smaller ones than `area_min` are left out.
std::vector<Region> regions_of(const Mask& closed_mask,
                               const std::vector<Oklab>& colours,
                               double area_min);

// How much a box differs from what is beside it, row by row: whether something stands there.
double contrast_of(const RegionBox& box, const std::vector<Oklab>& colours, int width, int height);

RegionBox joined(const RegionBox& one, const RegionBox& other);

}  // namespace nightreel
