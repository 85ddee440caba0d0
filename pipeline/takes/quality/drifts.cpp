#include "pipeline/takes/quality/drifts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "pipeline/takes/quality/take_series.h"

namespace nightreel {
namespace {

constexpr std::size_t parts_min = 4;
// Tiles that differ less than this from each other, in code values, show no contrast.
constexpr double contrast_spread_min = 4;
constexpr double still_share = 0.5;  // of the tiles: those in which least moves
constexpr double kept_share = 0.8;   // of those, when a line is drawn through them

// Squares of code values in a frame, that a tile with edges has; and how many such tiles it takes.
constexpr float edges_min = 1000;
constexpr std::size_t edged_tiles_min = 3;

struct Point {
    double before = 0;
    double after = 0;
};

struct Line {
    double gain = 1;
    double offset = 0;
};

// Least squares over the points; no gain where they do not spread.
Line line_through(const std::vector<Point>& points, std::size_t count) {
    const auto n = static_cast<double>(count);
    double before = 0;
    double after = 0;
    for (std::size_t i = 0; i < count; ++i) {
        before += points[i].before / n;
        after += points[i].after / n;
    }
    double squares = 0;
    double products = 0;
    for (std::size_t i = 0; i < count; ++i) {
        squares += (points[i].before - before) * (points[i].before - before);
        products += (points[i].before - before) * (points[i].after - after);
    }
    const bool spreads = std::sqrt(squares / n) >= contrast_spread_min;
    const double gain = spreads ? products / squares : 1;
    return {gain, after - gain * before};
}

// Fits, drops the points that are furthest away, fits again.
Line robust_line(std::vector<Point> points) {
    constexpr int rounds = 8;
    const auto kept = static_cast<std::size_t>(kept_share * static_cast<double>(points.size()));
    std::vector<double> changes;
    for (const Point& point : points) changes.push_back(point.after - point.before);
    Line line{1, median_of(std::move(changes))};
    for (int round = 0; round < rounds; ++round) {
        const auto away = [&](const Point& point) {
            return std::abs(point.after - line.gain * point.before - line.offset);
        };
        std::sort(points.begin(), points.end(), [&](const Point& a, const Point& b) {
            return away(a) < away(b);
        });
        line = line_through(points, kept);
    }
    return line;
}

double tile_luma(const std::array<float, 3>& tile) {
    return luma(tile.data());
}

DriftMetric drift_of(const std::vector<double>& changes) {
    return {rounded(slope_of(changes)), changes.empty() ? 0 : rounded(changes.back())};
}

// A change that goes on from segment to segment: the line and the end say so both.
double lasting(const std::vector<double>& changes) {
    if (changes.size() < 2) return 0;
    const double line = slope_of(changes) * static_cast<double>(changes.size() - 1);
    if (line * changes.back() <= 0) return 0;
    return std::min(std::abs(line), std::abs(changes.back()));
}

}  // namespace

DriftMeter::DriftMeter(const TakeShape& shape)
    : is_one_stream_(shape.cuts.empty() && !shape.changes_scene) {
    std::vector<std::size_t> begins{0};
    begins.insert(begins.end(), shape.joints.begin(), shape.joints.end());
    begins.insert(begins.end(), shape.cuts.begin(), shape.cuts.end());
    std::sort(begins.begin(), begins.end());
    if (begins.size() < parts_min) {
        begins.clear();
        for (std::size_t part = 0; part < parts_min; ++part) {
            begins.push_back(part * shape.frames / parts_min);
        }
    }
    begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
    for (const std::size_t begin : begins) parts_.push_back({.begin = begin});
}

void DriftMeter::add(const FrameFigures& figures, const Tiles& tiles) {
    const auto next =
        std::upper_bound(parts_.begin(), parts_.end(), frames_, [](std::size_t at, const Part& p) {
            return at < p.begin;
        });
    ++frames_;
    if (figures.black || figures.broken) return;
    Part& part = *(next - 1);
    ++part.frames;
    for (std::size_t c = 0; c < 3; ++c) part.sums.mean[c] += figures.mean[c];
    part.sums.brightness += figures.brightness;
    part.sums.contrast += figures.contrast;
    part.sums.sharpness += figures.sharpness;
    const auto count = static_cast<float>(part.frames);
    for (std::size_t tile = 0; tile < tile_count; ++tile) {
        // Running mean and spread (B. P. Welford, 1962).
        const double before = tile_luma(part.tiles[tile]);
        for (std::size_t c = 0; c < 3; ++c) {
            part.tiles[tile][c] += (tiles[tile][c] - part.tiles[tile][c]) / count;
        }
        const double now = tile_luma(tiles[tile]);
        part.spread[tile] +=
            static_cast<float>((now - before) * (now - tile_luma(part.tiles[tile])));
        part.sums.edge_bends[tile] += figures.edge_bends[tile];
        part.sums.edge_slopes[tile] += figures.edge_slopes[tile];
    }
}

std::vector<double> DriftMeter::changes_of(Change change) const {
    std::vector<double> changes;
    const Part* first = nullptr;
    for (const Part& part : parts_) {
        if (part.frames == 0) continue;
        if (first == nullptr) first = &part;
        changes.push_back(change(*first, part));
    }
    return changes;
}

std::vector<std::size_t> DriftMeter::still_tiles(const Part& first, const Part& part) {
    std::vector<std::size_t> tiles(tile_count);
    std::iota(tiles.begin(), tiles.end(), std::size_t{0});
    const auto spread = [&](std::size_t tile) {
        return first.spread[tile] / static_cast<float>(first.frames) +
               part.spread[tile] / static_cast<float>(part.frames);
    };
    std::stable_sort(tiles.begin(), tiles.end(), [&](std::size_t a, std::size_t b) {
        return spread(a) < spread(b);
    });
    tiles.resize(static_cast<std::size_t>(still_share * static_cast<double>(tile_count)));
    return tiles;
}

std::array<double, 3> DriftMeter::colour_change(const Part& first, const Part& part) {
    std::array<double, 3> change{};
    const std::vector<std::size_t> tiles = still_tiles(first, part);
    for (std::size_t c = 0; c < 3; ++c) {
        std::vector<double> changes;
        for (const std::size_t tile : tiles) {
            changes.push_back(static_cast<double>(part.tiles[tile][c] - first.tiles[tile][c]));
        }
        change[c] = median_of(std::move(changes));
    }
    return change;
}

template <std::size_t channel>
double DriftMeter::channel_change(const Part& first, const Part& part) {
    const std::array<double, 3> change = colour_change(first, part);
    return change[channel] - luma(change.data());
}

double DriftMeter::brightness_change(const Part& first, const Part& part) {
    return luma(colour_change(first, part).data());
}

double DriftMeter::contrast_change(const Part& first, const Part& part) {
    std::vector<Point> points;
    for (const std::size_t tile : still_tiles(first, part)) {
        points.push_back({tile_luma(first.tiles[tile]), tile_luma(part.tiles[tile])});
    }
    return 100 * (robust_line(std::move(points)).gain - 1);
}

double DriftMeter::sharpness_change(const Part& first, const Part& part) {
    std::vector<double> ratios;
    for (std::size_t tile = 0; tile < tile_count; ++tile) {
        const auto has_edges = [tile](const Part& one) {
            return one.sums.edge_slopes[tile] > edges_min * static_cast<float>(one.frames);
        };
        if (!has_edges(first) || !has_edges(part)) continue;
        const auto steepness = [tile](const Part& one) {
            return static_cast<double>(one.sums.edge_bends[tile] / one.sums.edge_slopes[tile]);
        };
        ratios.push_back(steepness(part) / steepness(first));
    }
    return ratios.size() < edged_tiles_min ? 0 : 100 * (median_of(std::move(ratios)) - 1);
}

void DriftMeter::add_segments(std::int64_t first, TakeMetrics& metrics) const {
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        const Part& part = parts_[index];
        if (part.frames == 0) continue;
        const std::size_t end = index + 1 < parts_.size() ? parts_[index + 1].begin : frames_;
        const auto n = static_cast<double>(part.frames);
        metrics.segments.push_back({.frames = {first + static_cast<std::int64_t>(part.begin),
                                               first + static_cast<std::int64_t>(end) - 1},
                                    .red = rounded(part.sums.mean[0] / n),
                                    .green = rounded(part.sums.mean[1] / n),
                                    .blue = rounded(part.sums.mean[2] / n),
                                    .brightness = rounded(part.sums.brightness / n),
                                    .contrast = rounded(part.sums.contrast / n),
                                    .sharpness = rounded(part.sums.sharpness / n)});
    }
}

void DriftMeter::finish(std::int64_t first, TakeMetrics& metrics) const {
    add_segments(first, metrics);
    const std::vector<double> red = changes_of(&channel_change<0>);
    const std::vector<double> green = changes_of(&channel_change<1>);
    const std::vector<double> blue = changes_of(&channel_change<2>);
    const std::vector<double> brightness = changes_of(&brightness_change);
    const std::vector<double> contrast = changes_of(&contrast_change);
    const std::vector<double> sharpness = changes_of(&sharpness_change);
    metrics.drifts = {.red = drift_of(red),
                      .green = drift_of(green),
                      .blue = drift_of(blue),
                      .brightness = drift_of(brightness),
                      .contrast = drift_of(contrast),
                      .sharpness = drift_of(sharpness)};
    if (!is_one_stream_ || frames_ == 0) return;
    const FrameRange all{first, first + static_cast<std::int64_t>(frames_) - 1};
    const auto note = [&](FindingKind kind,
                          const std::vector<double>& changes,
                          std::optional<std::string> about = {}) {
        const double value = rounded(lasting(changes));
        if (value > 0) metrics.findings.push_back({kind, all, value, std::move(about)});
    };
    note(FindingKind::colour_drift, red, "red");
    note(FindingKind::colour_drift, green, "green");
    note(FindingKind::colour_drift, blue, "blue");
    note(FindingKind::brightness_drift, brightness);
    note(FindingKind::contrast_drift, contrast);
    note(FindingKind::sharpness_drift, sharpness);
}

}  // namespace nightreel
