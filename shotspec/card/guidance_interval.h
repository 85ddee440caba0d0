#pragma once
// The steps that guidance acts in; before and after them the network is asked with the prompt
// alone, which takes half the time. Described once here. Plain values, any thread. Sources:
// Kynkäänniemi et al., "Applying Guidance in a Limited Interval", arXiv 2404.07724; diffusers,
// guiders/classifier_free_guidance.py, whose shares these are.

#include <cstdint>

#include "shotspec/describe/fields.h"

namespace nightreel {

struct GuidanceInterval {
    double start = 0;  // share of the steps
    double stop = 1;

    // Whether step 0 to steps - 1 is inside.
    bool holds(std::int32_t step, std::int32_t steps) const {
        return first(steps) <= step && step < end(steps);
    }

    std::int32_t first(std::int32_t steps) const {
        return static_cast<std::int32_t>(start * steps);
    }

    std::int32_t end(std::int32_t steps) const { return static_cast<std::int32_t>(stop * steps); }

    friend bool operator==(const GuidanceInterval&, const GuidanceInterval&) = default;
};

template <class Visitor>
void describe(GuidanceInterval& value, Visitor& field) {
    field("start",
          value.start,
          {.meaning = "Fraction of the steps after which guidance begins.",
           .minimum = 0,
           .maximum = 1,
           .example = "0.1",
           .fallback = "0"});
    field("stop",
          value.stop,
          {.meaning = "Fraction of the steps after which guidance ends.",
           .minimum = 0,
           .maximum = 1,
           .example = "0.8",
           .fallback = "1"});
}

}  // namespace nightreel
