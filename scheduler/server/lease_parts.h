#pragma once
// What a dailies task is told of its job. Pure, any thread.

#include <map>
#include <string>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "scheduler/farm/farm.h"
#include "scheduler/protocol/messages.h"

namespace nightreel {

// Of every task that `dailies` stands after: published where, or why not.
// `blocked` is the job's tally of them.
std::vector<TakeOutcome> outcomes_for(const Job& job,
                                      const std::map<TaskIndex, TaskIndex>& blocked,
                                      const Task& dailies);

// Measured seconds of the tasks that were worked on, over all workers.
double device_seconds_of(const Job& job);

// In messages that are small enough.
std::vector<wire::LeasePart> lease_parts(const wire::Attempt& attempt,
                                         std::vector<TakeOutcome> outcomes,
                                         std::vector<NightFile> night);

}  // namespace nightreel
