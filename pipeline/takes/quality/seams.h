#pragma once
// How much the joints of segments show. A joint may show late: what a decoder makes of a bad one
// peaks three or four frames after it. So the worst change from the joint on counts, against what
// is ordinary elsewhere in the same take. Pure; any thread.

#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "pipeline/takes/quality/take_series.h"

namespace nightreel {

// Below this motion, in code values, a take stands still and a ratio would mean nothing.
inline constexpr double motion_floor = 0.05;

// Fills in motion_median and everything of seams, with their findings.
void measure_seams(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics);

}  // namespace nightreel
