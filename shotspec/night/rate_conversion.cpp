#include "shotspec/night/rate_conversion.h"

#include <numeric>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// Frames of the model in the time of one delivered frame, as a fraction in lowest terms.
struct Step {
    std::int64_t numerator = 1;
    std::int64_t denominator = 1;
};

Step step_of(const RateChange& change) {
    if (change.conversion == RateConversion::conform) return {};
    const std::int64_t numerator =
        std::int64_t{change.made.numerator} * change.delivered.denominator;
    const std::int64_t denominator =
        std::int64_t{change.made.denominator} * change.delivered.numerator;
    NIGHTREEL_CHECK(numerator > 0 && denominator > 0, "rates are positive");
    const std::int64_t common = std::gcd(numerator, denominator);
    return {numerator / common, denominator / common};
}

}  // namespace

std::int64_t frames_made_for(std::int64_t delivered, const RateChange& change) {
    NIGHTREEL_CHECK(delivered > 0, "a take has frames");
    const FrameSource last = source_of(delivered - 1, change);
    return last.first + (last.part > 0 ? 2 : 1);
}

FrameSource source_of(std::int64_t delivered, const RateChange& change) {
    const Step step = step_of(change);
    const std::int64_t position = delivered * step.numerator;
    const std::int64_t rest = position % step.denominator;
    const bool mixes = change.conversion == RateConversion::blend && rest > 0;
    return {.first = position / step.denominator,
            .part = mixes ? rest : 0,
            .whole = mixes ? step.denominator : 1};
}

std::int64_t first_showing(std::int64_t made, const RateChange& change) {
    const Step step = step_of(change);
    return (made * step.denominator + step.numerator - 1) / step.numerator;
}

}  // namespace nightreel
