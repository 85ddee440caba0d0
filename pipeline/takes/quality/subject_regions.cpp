#include "pipeline/takes/quality/subject_regions.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightreel {
namespace {

// One row or column: each place gets `value` that has it within `radius`; what lies outside of the
// picture has `outside`.
void grow_line(std::uint8_t* line,
               std::size_t stride,
               int length,
               int radius,
               std::uint8_t value,
               std::uint8_t outside,
               std::vector<std::uint8_t>& from) {
    from.resize(static_cast<std::size_t>(length));
    for (int k = 0; k < length; ++k) {
        from[static_cast<std::size_t>(k)] = line[static_cast<std::size_t>(k) * stride];
    }
    const auto has = [&](int k) {
        const bool inside = k >= 0 && k < length;
        return (inside ? from[static_cast<std::size_t>(k)] : outside) == value ? 1 : 0;
    };
    int near = 0;
    for (int k = -radius; k < radius; ++k) near += has(k);
    for (int k = 0; k < length; ++k) {
        near += has(k + radius);
        if (near > 0) line[static_cast<std::size_t>(k) * stride] = value;
        near -= has(k - radius);
    }
}

// Sets each place to `value` that has one of it within a square around it.
void grow(Mask& mask, int radius, std::uint8_t value, std::uint8_t outside) {
    std::vector<std::uint8_t> line;
    const auto stride = static_cast<std::size_t>(mask.width);
    for (int y = 0; y < mask.height; ++y) {
        grow_line(&mask.set[mask.at(0, y)], 1, mask.width, radius, value, outside, line);
    }
    for (int x = 0; x < mask.width; ++x) {
        grow_line(&mask.set[mask.at(x, 0)], stride, mask.height, radius, value, outside, line);
    }
}

// Gives `label` to everything that touches (x, y) and has its value; 8 neighbours for what is set.
template <class Visit>
void flood(
    const Mask& mask, std::vector<int>& labels, int x, int y, int label, const Visit& visit) {
    const std::uint8_t value = mask.set[mask.at(x, y)];
    std::vector<std::pair<int, int>> open{{x, y}};
    labels[mask.at(x, y)] = label;
    while (!open.empty()) {
        const auto [at_x, at_y] = open.back();
        open.pop_back();
        visit(at_x, at_y);
        for (int dy = -1; dy <= 1; ++dy) {
            for (int dx = -1; dx <= 1; ++dx) {
                if (value == 0 && dx != 0 && dy != 0) continue;
                const int next_x = at_x + dx;
                const int next_y = at_y + dy;
                if (next_x < 0 || next_y < 0 || next_x >= mask.width || next_y >= mask.height) {
                    continue;
                }
                const std::size_t next = mask.at(next_x, next_y);
                if (labels[next] != 0 || mask.set[next] != value) continue;
                labels[next] = label;
                open.emplace_back(next_x, next_y);
            }
        }
    }
}

// What is not set and cannot be reached from the edge of the picture.
void fill_holes(Mask& mask) {
    std::vector<int> labels(mask.set.size(), 0);
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            const bool at_edge = x == 0 || y == 0 || x + 1 == mask.width || y + 1 == mask.height;
            if (!at_edge || mask.set[mask.at(x, y)] != 0 || labels[mask.at(x, y)] != 0) continue;
            flood(mask, labels, x, y, 1, [](int, int) {});
        }
    }
    for (std::size_t i = 0; i < mask.set.size(); ++i) {
        if (labels[i] == 0) mask.set[i] = 1;
    }
}

void describe_region(const std::vector<std::pair<int, int>>& places,
                     const Mask& mask,
                     const std::vector<Oklab>& colours,
                     Region& region) {
    Outline counts{};
    const RegionBox& box = region.box;
    const auto cell_of = [](int offset, int length) {
        return std::min(offset * outline_cells / length, outline_cells - 1);
    };
    for (const auto& [x, y] : places) {
        add_to(region.colours, colours[mask.at(x, y)]);
        const int cell =
            cell_of(y - box.top, box.height()) * outline_cells + cell_of(x - box.left, box.width());
        region.outline[static_cast<std::size_t>(cell)] += 1;
    }
    normalise(region.colours);
    for (int y = box.top; y <= box.bottom; ++y) {
        for (int x = box.left; x <= box.right; ++x) {
            const int cell = cell_of(y - box.top, box.height()) * outline_cells +
                             cell_of(x - box.left, box.width());
            counts[static_cast<std::size_t>(cell)] += 1;
        }
    }
    for (std::size_t cell = 0; cell < counts.size(); ++cell) {
        region.outline[cell] /= std::max(counts[cell], 1.0F);
    }
}

}  // namespace

double area_of(const Mask& mask) {
    return static_cast<double>(std::count(mask.set.begin(), mask.set.end(), 1));
}

Mask closed(const Mask& mask, int radius) {
    Mask result = mask;
    if (radius > 0) {
        grow(result, radius, 1, 0);
        grow(result, radius, 0, 1);
    }
    for (std::size_t i = 0; i < mask.set.size(); ++i) result.set[i] |= mask.set[i];
    fill_holes(result);
    return result;
}

std::vector<Region> regions_of(const Mask& closed_mask,
                               const std::vector<Oklab>& colours,
                               double area_min) {
    const Mask& mask = closed_mask;
    std::vector<int> labels(mask.set.size(), 0);
    std::vector<Region> regions;
    int label = 0;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.set[mask.at(x, y)] == 0 || labels[mask.at(x, y)] != 0) continue;
            std::vector<std::pair<int, int>> places;
            Region region{.box = {x, y, x, y}};
            flood(mask, labels, x, y, ++label, [&](int at_x, int at_y) {
                places.emplace_back(at_x, at_y);
                region.box = joined(region.box, {at_x, at_y, at_x, at_y});
            });
            region.area = static_cast<double>(places.size());
            if (region.area < area_min) continue;
            const int margin = std::max(2, mask.width / 48);
            region.at_edge = region.box.left < margin || region.box.top < margin ||
                             region.box.right >= mask.width - margin ||
                             region.box.bottom >= mask.height - margin;
            describe_region(places, mask, colours, region);
            regions.push_back(region);
        }
    }
    std::stable_sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
        return a.area > b.area;
    });
    return regions;
}

double contrast_of(const RegionBox& box, const std::vector<Oklab>& colours, int width, int height) {
    if (box.width() <= 0) return 0;
    const int gap = std::max(2, box.width() / 8);
    const int strip = std::max(2, box.width() / 3);
    double sum = 0;
    int rows = 0;
    for (int y = std::max(0, box.top); y <= std::min(box.bottom, height - 1); ++y) {
        Oklab inside;
        Oklab beside;
        float inside_count = 0;
        float beside_count = 0;
        const int first = std::max(0, box.left - gap - strip);
        for (int x = first; x <= std::min(width - 1, box.right + gap + strip); ++x) {
            const bool is_inside = x >= box.left && x <= box.right;
            const bool is_gap = !is_inside && x >= box.left - gap && x <= box.right + gap;
            if (is_gap) continue;
            Oklab& to = is_inside ? inside : beside;
            (is_inside ? inside_count : beside_count) += 1;
            const Oklab& colour = colours[static_cast<std::size_t>(y * width + x)];
            to = {to.lightness + colour.lightness, to.a + colour.a, to.b + colour.b};
        }
        if (inside_count == 0 || beside_count == 0) continue;
        const auto mean = [](const Oklab& total, float count) {
            return Oklab{total.lightness / count, total.a / count, total.b / count};
        };
        sum += static_cast<double>(
            distance_of(mean(inside, inside_count), mean(beside, beside_count)));
        ++rows;
    }
    return rows > 0 ? sum / rows : 0;
}

RegionBox joined(const RegionBox& one, const RegionBox& other) {
    return {std::min(one.left, other.left),
            std::min(one.top, other.top),
            std::max(one.right, other.right),
            std::max(one.bottom, other.bottom)};
}

}  // namespace nightreel
