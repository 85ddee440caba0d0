#include "pipeline/takes/quality/frame_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pipeline/takes/quality/ordinary.h"

namespace nightreel {
namespace {

// A darker and flatter frame than this, in code values, is black.
constexpr double black_brightness = 3;
constexpr double black_contrast = 1.5;
// A difference of pixels two apart, in code values, from which on there is an edge; below it noise
// would be measured.
constexpr float edge_difference = 16;
// Rank among the tiles of the one whose change is called widespread.
constexpr double widespread_rank = 0.6;

std::vector<float> lumas_of(const std::vector<std::uint8_t>& codes) {
    std::vector<float> lumas(codes.size() / 3);
    for (std::size_t i = 0; i < lumas.size(); ++i) {
        lumas[i] = static_cast<float>(luma(&codes[3 * i]));
    }
    return lumas;
}

std::vector<std::size_t> tile_columns_of(int width) {
    std::vector<std::size_t> columns;
    for (int x = 0; x < width; ++x) {
        columns.push_back(static_cast<std::size_t>(x * tile_columns / width));
    }
    return columns;
}

void measure_edges(const std::vector<float>& lumas, int width, int height, FrameFigures& figures) {
    const auto stride = static_cast<std::ptrdiff_t>(width);
    const std::vector<std::size_t> columns = tile_columns_of(width);
    double laplacian = 0;
    double squares = 0;
    for (int y = 1; y + 1 < height; ++y) {
        const float* row = &lumas[static_cast<std::size_t>(y) * static_cast<std::size_t>(width)];
        const auto tiles = static_cast<std::size_t>(y * tile_rows / height * tile_columns);
        for (int x = 1; x + 1 < width; ++x) {
            const float bend =
                row[x - 1] + row[x + 1] + row[x - stride] + row[x + stride] - 4 * row[x];
            const float across = row[x + 1] - row[x - 1];
            const float down = row[x + stride] - row[x - stride];
            const float slope = across * across + down * down;
            laplacian += static_cast<double>(bend);
            squares += static_cast<double>(bend * bend);
            if (slope <= edge_difference * edge_difference) continue;
            const std::size_t tile = tiles + columns[static_cast<std::size_t>(x)];
            figures.edge_bends[tile] += bend * bend;
            figures.edge_slopes[tile] += slope;
        }
    }
    const double count = std::max(1.0, static_cast<double>(width - 2) * (height - 2));
    const double mean = laplacian / count;
    figures.sharpness = std::max(0.0, squares / count - mean * mean);
}

}  // namespace

FrameFigures figures_of(const std::vector<std::uint8_t>& codes, int width, int height) {
    FrameFigures figures;
    std::array<std::uint64_t, 3> sums{};
    for (std::size_t i = 0; i + 2 < codes.size(); i += 3) {
        for (std::size_t c = 0; c < 3; ++c) sums[c] += codes[i + c];
    }
    const double pixels = static_cast<double>(codes.size()) / 3;
    for (std::size_t c = 0; c < 3; ++c) figures.mean[c] = static_cast<double>(sums[c]) / pixels;
    figures.brightness = luma(figures.mean.data());
    const std::vector<float> lumas = lumas_of(codes);
    double squares = 0;
    for (const float value : lumas) {
        const double away = static_cast<double>(value) - figures.brightness;
        squares += away * away;
    }
    figures.contrast = std::sqrt(squares / pixels);
    figures.black = figures.brightness < black_brightness && figures.contrast < black_contrast;
    measure_edges(lumas, width, height, figures);
    return figures;
}

double difference_of(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += static_cast<std::uint64_t>(std::abs(int{a[i]} - int{b[i]}));
    }
    return static_cast<double>(sum) / static_cast<double>(a.size());
}

double acceleration_of(const ReducedPicture& a, const ReducedPicture& b, const ReducedPicture& c) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += static_cast<double>(std::abs(a.rgb[i] - 2 * b.rgb[i] + c.rgb[i]));
    }
    return sum / static_cast<double>(a.rgb.size());
}

double widespread_difference(const ReducedPicture& a, const ReducedPicture& b) {
    std::vector<double> sums(tile_count, 0.0);
    std::vector<double> counts(tile_count, 0.0);
    for (int y = 0; y < a.height; ++y) {
        for (int x = 0; x < a.width; ++x) {
            const auto tile = static_cast<std::size_t>(y * tile_rows / a.height * tile_columns +
                                                       x * tile_columns / a.width);
            const float* one = a.at(x, y);
            const float* other = b.at(x, y);
            for (int c = 0; c < 3; ++c) {
                sums[tile] += static_cast<double>(std::abs(one[c] - other[c]));
            }
            counts[tile] += 3;
        }
    }
    std::vector<double> means;
    for (std::size_t tile = 0; tile < tile_count; ++tile) {
        if (counts[tile] > 0) means.push_back(sums[tile] / counts[tile]);
    }
    return quantile_of(std::move(means), widespread_rank);
}

std::array<double, 3> common_step(const Tiles& before, const Tiles& after) {
    std::array<double, 3> step{};
    for (std::size_t c = 0; c < 3; ++c) {
        std::vector<double> changes(tile_count);
        for (std::size_t tile = 0; tile < tile_count; ++tile) {
            changes[tile] = static_cast<double>(after[tile][c] - before[tile][c]);
        }
        step[c] = median_of(std::move(changes));
    }
    return step;
}

}  // namespace nightreel
