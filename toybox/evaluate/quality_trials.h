#pragma once
// How many made faults the quality report finds, and how many clean takes it flags. Any thread.

#include <cstddef>
#include <vector>

#include "pipeline/takes/quality/take_metrics.h"
#include "toybox/evaluate/faults.h"
#include "toybox/evaluate/figures.h"

namespace nightreel::toybox {

// The report of a take, with the sheet of its actor as the reference.
TakeMetrics report_of(const MadeTake& take);

// Whether something is flagged with the limits that Nightreel comes with; where `take` has a fault,
// whether it is that one in its frames.
bool is_flagged(const TakeMetrics& metrics);
bool is_found(const TakeMetrics& metrics, const MadeTake& take, MadeFault fault);

// "quality.<fault>.found" of each kind and "quality.clean.flagged", in clips of the toy world.
std::vector<Figure> measure_quality(std::size_t takes);

}  // namespace nightreel::toybox
