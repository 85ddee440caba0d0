#pragma once
// The segments of a shot's takes, by the strategy that the shot was resolved to. Pure, any thread.

#include "pipeline/plan/segment_plan.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Throws Error{bad_input} as the functions of segment_plan.h do.
SegmentPlan take_plan(const ResolvedShot& shot, const ModelCard& card);

}  // namespace nightreel
