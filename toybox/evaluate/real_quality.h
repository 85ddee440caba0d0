#pragma once
// The quality report on takes that the bundled model has made.

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

// Chains of four segments with sheet and overlap, made once, until so many of them are clean: in
// every segment the detector sees what the caption says, and the sky has the colour it has in the
// world. "quality.model.clean.flagged", and "quality.model.<fault>.found" of faults put into these
// takes.
void measure_real_quality(const Crew& crew, const QualityTrial& trial, const Report& report);

}  // namespace nightreel::toybox
