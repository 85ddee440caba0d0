#pragma once
// What is said of a job's future: how long it will take. A pure function over the farm, any thread;
// its cost does not grow with the job, but for a look at each ten seconds of the last half hour and
// at what runs.

#include <optional>

#include "scheduler/server/listing.h"

namespace nightreel {

// Seconds until the end at the pace of the last half hour (of the whole job, where less was done in
// it). Nothing when nothing runs or too little was done to tell.
std::optional<double> seconds_left(const FarmView& view, JobId id, const Job& job);

}  // namespace nightreel
