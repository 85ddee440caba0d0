#pragma once
// What becomes of a job as it stands: how long it will take, and what will never run. Pure
// functions over the farm, any thread.

#include <optional>
#include <vector>

#include "scheduler/server/listing.h"

namespace nightreel {

// Seconds until the end at the pace of the last half hour (of the whole job, where less was done in
// it). Nothing when nothing runs or too little was done to tell.
std::optional<double> seconds_left(const FarmView& view, JobId id, const Job& job);

// For each task that waits for one that failed or was cancelled: which, directly or through others.
// Nothing for all other tasks. Empty when nothing failed or was cancelled.
std::vector<std::optional<TaskIndex>> blocking_tasks(const Job& job);

}  // namespace nightreel
