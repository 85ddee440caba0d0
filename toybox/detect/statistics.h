#pragma once
// The few robust statistics that the detector leans on, and the interval of a counted share. Pure.

#include <cstddef>
#include <span>
#include <vector>

namespace nightreel::toybox {

double median(std::vector<double> values);  // not empty
double percentile(std::vector<double> values,
                  double share);  // linear between ranks; share in [0, 1]

// Median slope over all pairs: a line that a few bad points do not bend. x rises; two points or
// more.
double robust_slope(std::span<const double> x, std::span<const double> y);

// Value at `at` of the line through the points, held level beyond its ends. x rises.
double interpolate(double at, std::span<const double> x, std::span<const double> y);

// A share with its 95 % Wilson interval.
struct Share {
    std::size_t right = 0;
    std::size_t asked = 0;
    double rate = 0;
    double low = 0;
    double high = 1;
};

Share wilson(std::size_t right, std::size_t asked);

// McNemar's exact test, two-sided: how probable a difference at least as large is by chance,
// between two ways that were tried on the same cases, of which so many went right in one way alone.
double mcnemar(std::size_t only_first, std::size_t only_second);

}  // namespace nightreel::toybox
