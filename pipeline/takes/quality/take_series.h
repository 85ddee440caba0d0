#pragma once
// One number a frame of everything that is measured on single frames and on neighbours: what the
// plot of a take shows, and what everything else is worked out from. A plain value; any thread.

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "pipeline/takes/quality/reduced_picture.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// A frame as its tiles, in whole code values: by them a stretch is known that comes back.
using Thumb = std::array<std::uint8_t, tile_count * 3>;

struct TakeSeries {
    std::int64_t first = 0;  // number of the first frame
    std::vector<double> difference;
    std::vector<double> acceleration;
    std::vector<double> red;
    std::vector<double> green;
    std::vector<double> blue;
    std::vector<double> brightness;
    std::vector<double> contrast;
    std::vector<double> sharpness;
    std::vector<double> characters;

    // Not kept in files.
    std::vector<std::array<double, 3>> steps;  // common_step from the frame before
    std::vector<double> widespread;            // widespread_difference
    std::vector<Thumb> thumbs;
    std::vector<bool> black;
    std::vector<bool> broken;

    std::size_t frames() const { return difference.size(); }

    std::int64_t number(std::size_t frame) const {
        return first + static_cast<std::int64_t>(frame);
    }
};

template <class Visitor>
void describe(TakeSeries& value, Visitor& field) {
    field("first", value.first, {.meaning = "Number of the first frame."});
    field("difference",
          value.difference,
          {.meaning = "Mean absolute difference from the frame before."});
    field("acceleration",
          value.acceleration,
          {.meaning = "Mean absolute second difference with the two frames before."});
    field("red", value.red, {.meaning = "Mean of the red channel."});
    field("green", value.green, {.meaning = "Mean of the green channel."});
    field("blue", value.blue, {.meaning = "Mean of the blue channel."});
    field("brightness", value.brightness, {.meaning = "Mean Rec.709 luma."});
    field("contrast", value.contrast, {.meaning = "Standard deviation of luma."});
    field("sharpness", value.sharpness, {.meaning = "Variance of the Laplacian of luma."});
    field("characters",
          value.characters,
          {.meaning = "How often characters of the references are seen; empty: not measured."});
}

// Four digits after the point: more would be noise in a file.
inline double rounded(double value) {
    return std::round(value * 1e4) / 1e4;
}

// What is kept in files, rounded.
inline TakeSeries in_short(TakeSeries series) {
    for (auto* values : {&series.difference,
                         &series.acceleration,
                         &series.red,
                         &series.green,
                         &series.blue,
                         &series.brightness,
                         &series.contrast,
                         &series.sharpness}) {
        for (double& value : *values) value = rounded(value);
    }
    return series;
}

}  // namespace nightreel
