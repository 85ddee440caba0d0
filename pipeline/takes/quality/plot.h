#pragma once
// The series of a take as a picture: four panels over the frames, with its joints and what stands
// out. Pure; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/takes/quality/take_metrics.h"
#include "pipeline/takes/quality/take_series.h"

namespace nightreel {

// An SVG document. Marked is what the limits that Nightreel comes with flag: results do not depend
// on the limits of a site.
std::string plot_of(const TakeMetrics& metrics,
                    const TakeSeries& series,
                    const std::vector<std::int64_t>& joints);

}  // namespace nightreel
