#pragma once
// Frames that should not be there: that stand still, repeat others, are black or broken, and
// brightness that flickers. Pure; any thread.

#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "pipeline/takes/quality/take_series.h"

namespace nightreel {

// Two identical neighbours happen; a run of frames this long is called a freeze.
inline constexpr std::int64_t freeze_frames_min = 3;
// A stretch is looked for so many frames back.
inline constexpr std::size_t return_frames_max = 1500;

// Each fills in its own figures and findings.
void measure_freezes(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics);
void measure_returns(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics);
void measure_flicker(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics);
void measure_lost_frames(const TakeSeries& series, TakeMetrics& metrics);

}  // namespace nightreel
