#include "pipeline/takes/quality/ordinary.h"

#include <algorithm>
#include <cmath>

namespace nightreel {

double median_of(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double quantile_of(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const double rank = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(rank));
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (rank - std::floor(rank)) * (values[above] - values[below]);
}

double slope_of(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    if (values.size() < 2) return 0;
    const double middle = (count - 1) / 2;
    double along = 0;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = static_cast<double>(i) - middle;
        along += x * values[i];
        squares += x * x;
    }
    return along / squares;
}

bool TakeShape::is_cut(std::size_t frame) const {
    return std::binary_search(cuts.begin(), cuts.end(), frame);
}

bool TakeShape::is_special(std::size_t frame) const {
    if (is_cut(frame)) return true;
    const auto after = std::upper_bound(joints.begin(), joints.end(), frame);
    if (after == joints.begin()) return false;
    return frame - *(after - 1) < static_cast<std::size_t>(joint_reach_frames);
}

}  // namespace nightreel
