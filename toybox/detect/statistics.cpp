#include "toybox/detect/statistics.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel::toybox {

double median(std::vector<double> values) {
    return percentile(std::move(values), 0.5);
}

double percentile(std::vector<double> values, double share) {
    NIGHTREEL_CHECK(!values.empty(), "a percentile of nothing has no value");
    std::sort(values.begin(), values.end());
    const double rank = share * static_cast<double>(values.size() - 1);
    const std::size_t below = static_cast<std::size_t>(rank);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
}

double robust_slope(std::span<const double> x, std::span<const double> y) {
    NIGHTREEL_CHECK(x.size() == y.size() && x.size() >= 2, "a slope needs two points");
    std::vector<double> slopes;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = i + 1; j < x.size(); ++j) {
            slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
        }
    }
    return median(std::move(slopes));
}

double interpolate(double at, std::span<const double> x, std::span<const double> y) {
    NIGHTREEL_CHECK(x.size() == y.size() && !x.empty(), "a line needs points");
    if (at <= x.front()) return y.front();
    if (at >= x.back()) return y.back();
    std::size_t right = 1;
    while (x[right] < at) ++right;
    const double share = (at - x[right - 1]) / (x[right] - x[right - 1]);
    return y[right - 1] + share * (y[right] - y[right - 1]);
}

Share wilson(std::size_t right, std::size_t asked) {
    NIGHTREEL_CHECK(right <= asked, "no more right answers than questions");
    if (asked == 0) return {};
    constexpr double z = 1.96;
    const double n = static_cast<double>(asked);
    const double rate = static_cast<double>(right) / n;
    const double scale = 1 + z * z / n;
    const double centre = (rate + z * z / (2 * n)) / scale;
    const double reach = z * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / scale;
    return {right, asked, rate, std::max(0.0, centre - reach), std::min(1.0, centre + reach)};
}

double mcnemar(std::size_t only_first, std::size_t only_second) {
    const std::size_t cases = only_first + only_second;
    const std::size_t fewer = std::min(only_first, only_second);
    double chance = std::pow(0.5, static_cast<double>(cases));  // that exactly `wins` go one way
    double tail = 0;
    for (std::size_t wins = 0; wins <= fewer; ++wins) {
        tail += chance;
        chance *= static_cast<double>(cases - wins) / static_cast<double>(wins + 1);
    }
    return std::min(1.0, 2 * tail);
}

}  // namespace nightreel::toybox
