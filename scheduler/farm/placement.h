#pragma once
// Which task a worker gets, and why a task waits. Pure; no event, no side effect.

#include <optional>
#include <string>

#include "scheduler/farm/farm.h"

namespace nightreel {

struct Placement {
    TaskKey task;
    bool lean = false;
};

// Job priority, then age of the job; within a job first what has its model loaded on this worker,
// then what has its inputs there, then the order of the tasks.
std::optional<Placement> choose_task(const Farm& farm,
                                     const FarmPolicy& policy,
                                     const AskForWork& asker,
                                     Millis now);

bool is_live(const FarmPolicy& policy, const Worker& worker, Millis now);
bool is_set_aside(const Worker& worker, Millis now);

// Whether the job's tasks of this model wait because all that were tried lately were returned, by
// this worker among others: a worker that has not tried one may still do so.
bool must_wait(const FarmPolicy& policy,
               const Job& job,
               const std::string& model,
               const WorkerId& worker,
               Millis now);

// Whether it has the model (none: an empty digest), is of the class (any: empty), and nothing is
// wrong with it. A worker that has not told what it has is believed to have everything.
bool can_render(const Worker& worker, const Digest& model, const std::string& device_class);
// Why it cannot, for people; empty when it can.
std::string why_not_there(const Worker& worker, const TaskSpec& task);

// By its memory alone, and by what was learnt when the task ran out of it.
bool is_large_enough(const Task& task, std::uint64_t memory_bytes);

// A sentence for people.
std::string explain_wait(const Farm& farm, const FarmPolicy& policy, TaskKey task, Millis now);

}  // namespace nightreel
