#pragma once
// How many made faults the quality report finds, and how many clean takes it flags. Any thread.

#include <cstddef>
#include <cstdint>
#include <functional>
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

struct QualityTrial {
    std::size_t takes = 100;
    std::uint64_t seed = 0;  // 0: the takes of the published figures; others are for tuning
};

// For how many numbers below `count` it holds, on so many threads.
std::size_t count_pieces(std::size_t threads,
                         std::size_t count,
                         const std::function<bool(std::size_t)>& holds);

// "quality.<fault>.found" of each kind and "quality.clean.flagged", in clips of the toy world.
void measure_quality(std::size_t threads, const QualityTrial& trial, const Report& report);

}  // namespace nightreel::toybox
