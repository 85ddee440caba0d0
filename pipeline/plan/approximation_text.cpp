#include "pipeline/plan/approximation_text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nightreel {
namespace {

struct Approximation {
    double step_cache = 0;
    double guidance_until = 1;
    std::int32_t steps = 0;

    bool has_cache() const { return step_cache > 0; }

    bool has_gate() const { return guidance_until < 1; }

    friend bool operator==(const Approximation&, const Approximation&) = default;
};

Approximation of(const MeasuredApproximation& measured) {
    return {measured.step_cache, measured.guidance_until, measured.steps};
}

double part_between(double a, double b) {
    const double larger = std::max(std::abs(a), std::abs(b));
    return larger > 0 ? std::abs(a - b) / larger : 0;
}

// Sum of the settings' relative differences.
double distance(const Approximation& a, const Approximation& b) {
    return part_between(a.step_cache, b.step_cache) +
           part_between(a.guidance_until, b.guidance_until) + part_between(a.steps, b.steps);
}

const MeasuredApproximation* nearest(const Approximation& asked, const ModelCard& card) {
    const MeasuredApproximation* found = nullptr;
    for (const MeasuredApproximation& measured : card.measured) {
        const Approximation other = of(measured);
        if (other.has_cache() != asked.has_cache() || other.has_gate() != asked.has_gate()) {
            continue;
        }
        if (found == nullptr || distance(asked, other) < distance(asked, of(*found))) {
            found = &measured;
        }
    }
    return found;
}

std::string settings_text(const Approximation& approximation) {
    std::vector<std::string> parts;
    if (approximation.has_cache()) {
        parts.push_back(fmt::format("step_cache {}", approximation.step_cache));
    }
    if (approximation.has_gate()) {
        parts.push_back(fmt::format("guidance_until {}", approximation.guidance_until));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string cost_text(const MeasuredApproximation& measured) {
    constexpr double percent = 100;
    std::string text = fmt::format("latent error {:.1f} % RMS", measured.latents_error * percent);
    if (measured.step_cache > 0) {
        text += fmt::format(", {:.0f} % of steps skipped", measured.skipped_share * percent);
    }
    if (measured.guidance_until < 1) {
        text += fmt::format(", guidance reused in {:.0f} %", measured.reused_share * percent);
    }
    return text + fmt::format(", {:.1f}x speed, measured", measured.speed);
}

}  // namespace

std::string approximation_text(const SamplingSettings& sampling, const ModelCard& card) {
    const Approximation asked{sampling.step_cache, sampling.guidance_until, sampling.steps};
    if (!asked.has_cache() && !asked.has_gate()) return {};
    const std::string settings = settings_text(asked);
    const MeasuredApproximation* const measured = nearest(asked, card);
    if (measured == nullptr) return fmt::format("{}: not measured", settings);
    const std::string text = fmt::format("{}: {}", settings, cost_text(*measured));
    if (of(*measured) == asked) return text;
    return text + fmt::format(" at {} and {} steps", settings_text(of(*measured)), measured->steps);
}

}  // namespace nightreel
