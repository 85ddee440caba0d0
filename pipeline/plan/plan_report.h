#pragma once
// A plan as text: a table for people and JSON for programs. Pure, any thread.

#include <string>

#include "pipeline/plan/plan_night.h"

namespace nightreel {

// One row a shot and a last row with the sums, then a line for each shot whose sampling is
// approximate; ends with a line break.
std::string plan_table(const NightPlan& plan);

// {"format": 1, "show", "night", "totals", "estimates", "shots": [...], "tasks": [{"name", "kind",
// "shot", "take", "digest", "needs": [names], "cost"}]}
std::string plan_json(const NightPlan& plan);

}  // namespace nightreel
