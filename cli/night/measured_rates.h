#pragma once
// What tasks have cost where a night will run, for the estimates of its plan. One thread.

#include <string>
#include <vector>

#include "cli/farm/farm_access.h"
#include "pipeline/plan/estimate/task_rates.h"
#include "scheduler/protocol/client.h"

namespace nightreel::cli {

// Nothing from a scheduler of a release that does not measure.
std::vector<TaskRate> read_rates(wire::Client& client);

// Of the farm, or of the nights that were run into the output folder before. Estimates can do
// without: where nothing can be read, says why and gives nothing.
std::vector<TaskRate> rates_at(const FarmChoice& choice, const Surroundings& surroundings);

}  // namespace nightreel::cli
