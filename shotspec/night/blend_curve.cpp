#include "shotspec/night/blend_curve.h"

#include <algorithm>

#include "shotspec/base/check.h"

namespace nightreel {

double share_at(const std::vector<CurvePoint>& curve, std::int64_t frame) {
    NIGHTREEL_CHECK(!curve.empty(), "a curve has a point");
    const auto next = std::ranges::find_if(
        curve, [frame](const CurvePoint& point) { return point.frame > frame; });
    if (next == curve.begin()) return next->share;
    const CurvePoint& last = *(next - 1);
    if (next == curve.end()) return last.share;
    const auto whole = static_cast<double>(next->frame - last.frame);
    const double way = static_cast<double>(frame - last.frame) / whole;
    return last.share + way * (next->share - last.share);
}

}  // namespace nightreel
