#include "toybox/detect/templates.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "shotspec/base/check.h"
#include "toybox/detect/plane.h"
#include "toybox/world/shape.h"

namespace nightreel::toybox {
namespace {

constexpr int drawn_side = 12 * grid_side;
constexpr double drawn_span = 2.6;  // radii from edge to edge

// Mean over a window of `width` pixels about each pixel of a line; what lies outside is empty.
void blur_line(std::vector<double>& line, int width) {
    const std::vector<double> sharp = line;
    const int count = static_cast<int>(line.size());
    for (int at = 0; at < count; ++at) {
        const int last = std::min(at + (width - 1) / 2, count - 1);
        const int first = std::max(at + (width - 1) / 2 - width + 1, 0);
        double sum = 0;
        for (int i = first; i <= last; ++i) sum += sharp[static_cast<std::size_t>(i)] / width;
        line[static_cast<std::size_t>(at)] = sum;
    }
}

void blur(Plane& plane, int width) {
    std::vector<double> line(drawn_side);
    for (int x = 0; x < drawn_side; ++x) {
        for (int y = 0; y < drawn_side; ++y) line[static_cast<std::size_t>(y)] = plane.at(x, y);
        blur_line(line, width);
        for (int y = 0; y < drawn_side; ++y) plane.at(x, y) = line[static_cast<std::size_t>(y)];
    }
    for (int y = 0; y < drawn_side; ++y) {
        for (int x = 0; x < drawn_side; ++x) line[static_cast<std::size_t>(x)] = plane.at(x, y);
        blur_line(line, width);
        for (int x = 0; x < drawn_side; ++x) plane.at(x, y) = line[static_cast<std::size_t>(x)];
    }
}

double norm_of(const std::vector<double>& grid) {
    return std::sqrt(std::inner_product(grid.begin(), grid.end(), grid.begin(), 0.0));
}

Template make_template(Shape shape, Pattern pattern, Size size) {
    Plane plane(drawn_side, drawn_side);
    for (int y = 0; y < drawn_side; ++y) {
        for (int x = 0; x < drawn_side; ++x) {
            const double u = (x + 0.5) / drawn_side * drawn_span - drawn_span / 2;
            const double v = (y + 0.5) / drawn_side * drawn_span - drawn_span / 2;
            plane.at(x, y) = inside(shape, u, v) && !is_marked(pattern, u, v) ? 1.0 : 0.0;
        }
    }
    // Blurred by one pixel of an actor of that size, so that it looks like a rendered mask.
    blur(plane, static_cast<int>(std::lround(drawn_side / drawn_span / radius_of(size))));
    const std::optional<Box> box = box_of(plane);
    NIGHTREEL_CHECK(box.has_value(), "a shape has an extent");
    Template made{shape, pattern, size, centred_grid(plane, *box), 0, 0, 0};
    made.norm = norm_of(made.grid);
    made.half_width = box->width() * drawn_span / drawn_side / 2;
    made.half_height = box->height() * drawn_span / drawn_side / 2;
    return made;
}

}  // namespace

std::vector<Template> make_templates() {
    std::vector<Template> templates;
    for (const auto& [shape, shape_word] : EnumWords<Shape>::words) {
        for (const auto& [pattern, pattern_word] : EnumWords<Pattern>::words) {
            for (const auto& [size, size_word] : EnumWords<Size>::words) {
                templates.push_back(make_template(shape, pattern, size));
            }
        }
    }
    return templates;
}

double likeness(const std::vector<double>& grid, const Template& expected) {
    const double product = std::inner_product(grid.begin(), grid.end(), expected.grid.begin(), 0.0);
    return product / ((norm_of(grid) + 1e-6) * expected.norm);
}

}  // namespace nightreel::toybox
