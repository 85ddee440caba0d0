#pragma once
// A plane of weights in [0, 1] and what is measured on it: boxes, resampling, connected groups.
// Values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nightreel::toybox {

struct Plane {
    int width = 0;
    int height = 0;
    std::vector<double> values;  // rows from the top

    Plane(int width_pixels, int height_pixels)
        : width(width_pixels),
          height(height_pixels),
          values(static_cast<std::size_t>(width_pixels * height_pixels), 0.0) {}

    std::size_t index(int x, int y) const { return static_cast<std::size_t>(y * width + x); }

    double& at(int x, int y) { return values[index(x, y)]; }

    double at(int x, int y) const { return values[index(x, y)]; }
};

// Edges in pixels, between 0 and width or height.
struct Box {
    double left = 0, top = 0, right = 0, bottom = 0;

    double width() const { return right - left; }

    double height() const { return bottom - top; }
};

// Box of what the plane holds, to a fraction of a pixel: an outermost pixel counts by its weight.
std::optional<Box> box_of(const Plane& plane);

// Side of the grid on which masks and templates are compared.
constexpr int grid_side = 24;

// Mean weight in each cell of a grid over the box, less the mean of the grid.
std::vector<double> centred_grid(const Plane& plane, const Box& box);

using Region = std::vector<std::uint8_t>;  // 1 inside, by Plane::index

// The connected group that holds most of the set pixels; gaps of up to six pixels, such as stripes
// and dots, are bridged. The group includes its bridges.
Region largest_group(const Region& set, int width, int height);

}  // namespace nightreel::toybox
