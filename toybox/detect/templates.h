#pragma once
// How each shape, pattern and size looks as a mask. Built once by its owner, then read by any
// thread.

#include <vector>

#include "toybox/world/vocabulary.h"

namespace nightreel::toybox {

struct Template {
    Shape shape = Shape::circle;
    Pattern pattern = Pattern::plain;
    Size size = Size::small;   // an edge pixel is a larger part of a small actor
    std::vector<double> grid;  // as centred_grid gives it
    double norm = 0;
    double half_width = 0;  // of the mask's box, in radii
    double half_height = 0;
};

std::vector<Template> make_templates();

// Correlation of two centred grids, -1..1.
double likeness(const std::vector<double>& grid, const Template& expected);

}  // namespace nightreel::toybox
