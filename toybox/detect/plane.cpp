#include "toybox/detect/plane.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace nightreel::toybox {
namespace {

struct Extent {
    double from = 0, to = 0;
};

std::optional<Extent> extent_of(std::span<const double> most) {
    constexpr double level = 0.35;
    const auto holds = [](double value) { return value > level; };
    const auto first = std::find_if(most.begin(), most.end(), holds);
    if (first == most.end()) return std::nullopt;
    const auto beyond = std::find_if(most.rbegin(), most.rend(), holds).base();
    const double before = first == most.begin() ? 0.0 : *std::prev(first);
    const double after = beyond == most.end() ? 0.0 : *beyond;
    return Extent{static_cast<double>(first - most.begin()) - before,
                  static_cast<double>(beyond - most.begin()) + after};
}

double bilinear(const Plane& plane, double x, double y) {
    x = std::clamp(x, 0.0, plane.width - 1.001);
    y = std::clamp(y, 0.0, plane.height - 1.001);
    const int column = static_cast<int>(x);
    const int row = static_cast<int>(y);
    const double right = x - column;
    const double below = y - row;
    return (plane.at(column, row) * (1 - right) + plane.at(column + 1, row) * right) * (1 - below) +
           (plane.at(column, row + 1) * (1 - right) + plane.at(column + 1, row + 1) * right) *
               below;
}

// Sets each pixel that is within `reach` steps, along rows and columns, of a set one.
Region grown(const Region& set, int width, int height, int reach) {
    Region region(set.size(), 0);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (set[static_cast<std::size_t>(y * width + x)] == 0) continue;
            for (int dy = -reach; dy <= reach; ++dy) {
                const int side = reach - std::abs(dy);
                if (y + dy < 0 || y + dy >= height) continue;
                const int from = std::max(0, x - side);
                const int to = std::min(width - 1, x + side);
                for (int at = from; at <= to; ++at) {
                    region[static_cast<std::size_t>((y + dy) * width + at)] = 1;
                }
            }
        }
    }
    return region;
}

// Everything in `ground` that steps of at most two pixels reach from `seed`.
Region flooded(const Region& ground, std::size_t seed, int width, int height) {
    constexpr int step = 2;
    Region region(ground.size(), 0);
    region[seed] = 1;
    std::vector<std::size_t> open{seed};
    while (!open.empty()) {
        const int x = static_cast<int>(open.back()) % width;
        const int y = static_cast<int>(open.back()) / width;
        open.pop_back();
        for (int dy = -step; dy <= step; ++dy) {
            for (int dx = -step + std::abs(dy); dx <= step - std::abs(dy); ++dx) {
                if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
                const std::size_t at = static_cast<std::size_t>((y + dy) * width + x + dx);
                if (ground[at] == 0 || region[at] != 0) continue;
                region[at] = 1;
                open.push_back(at);
            }
        }
    }
    return region;
}

}  // namespace

std::optional<Box> box_of(const Plane& plane) {
    std::vector<double> rows(static_cast<std::size_t>(plane.height), 0.0);
    std::vector<double> columns(static_cast<std::size_t>(plane.width), 0.0);
    for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
            double& row = rows[static_cast<std::size_t>(y)];
            double& column = columns[static_cast<std::size_t>(x)];
            row = std::max(row, plane.at(x, y));
            column = std::max(column, plane.at(x, y));
        }
    }
    const std::optional<Extent> across = extent_of(columns);
    const std::optional<Extent> down = extent_of(rows);
    if (!across || !down) return std::nullopt;
    return Box{across->from, down->from, across->to, down->to};
}

std::vector<double> centred_grid(const Plane& plane, const Box& box) {
    constexpr int samples = 2 * grid_side;  // two by two a cell
    std::vector<double> grid(std::size_t{grid_side} * grid_side, 0.0);
    double mean = 0;
    for (int row = 0; row < samples; ++row) {
        const double y = box.top + (row + 0.5) / samples * box.height() - 0.5;
        for (int column = 0; column < samples; ++column) {
            const double x = box.left + (column + 0.5) / samples * box.width() - 0.5;
            const double value = bilinear(plane, x, y) / 4;
            grid[static_cast<std::size_t>(row / 2 * grid_side + column / 2)] += value;
            mean += value;
        }
    }
    mean /= static_cast<double>(grid.size());
    for (double& value : grid) value -= mean;
    return grid;
}

Region largest_group(const Region& set, int width, int height) {
    constexpr int bridge = 3;  // from either side
    const Region ground = grown(set, width, height, bridge);
    Region left = set;
    Region best(set.size(), 0);
    std::size_t most = 0;
    for (std::size_t seed = 0; seed < set.size(); ++seed) {
        if (left[seed] == 0) continue;
        Region group = flooded(ground, seed, width, height);
        std::size_t held = 0;
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (group[i] == 0) continue;
            left[i] = 0;
            held += set[i];
        }
        if (held <= most) continue;
        most = held;
        best = std::move(group);
    }
    return best;
}

}  // namespace nightreel::toybox
