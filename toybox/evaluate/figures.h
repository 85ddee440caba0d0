#pragma once
// Measured figures beside those of the recipe that the weights came from. Values; pure.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "toybox/detect/statistics.h"

namespace nightreel::toybox {

struct Interval {
    double low = 0;
    double high = 0;
};

struct Figure {
    std::string name;
    double value = 0;
    Interval interval;               // 95 %
    std::optional<Interval> recipe;  // what the recipe's own sampler measured
    std::optional<Share> counted;    // for shares

    // Whether both may be measurements of the same thing.
    bool agrees() const;
};

Figure share_figure(std::string name, const Share& share);

// The median with the interval that ranks give: no law of the values is assumed.
Figure median_figure(std::string name, std::vector<double> values);

// The mean with the interval of Student's t; two values or more.
Figure mean_figure(std::string name, const std::vector<double>& values);

// Takes each figure as soon as it is known.
using Report = std::function<void(const Figure&)>;

std::string table_of(const std::vector<Figure>& figures);
std::string json_line_of(const Figure& figure);

}  // namespace nightreel::toybox
