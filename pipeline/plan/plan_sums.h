#pragma once
// The sums of a plan. Pure, any thread.

#include "pipeline/plan/plan_night.h"

namespace nightreel {

// Task by task into the sums of its shot, and the longest chain into the totals.
void add_up(NightPlan& plan);

}  // namespace nightreel
