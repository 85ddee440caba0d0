#pragma once
// The indices that make a decision quick: lines of ready tasks, counts, who holds what. They say
// nothing that the tasks do not say; `rebuild_indices` makes them from nothing, and the simulator
// holds the kept ones against it.

#include <utility>

#include "scheduler/farm/farm.h"

namespace nightreel {

void rebuild_indices(Farm& farm);

// The line in which the task stands when it is ready.
ReadyLine line_of(const Task& task);

// The needed pieces of evolve. -------------------------------------------------------------------

void add_to_indices(Farm& farm, TaskKey key);
void remove_from_indices(Farm& farm, TaskKey key);
// Only the part about tasks that are ready.
void stand_in_line(Job& job, TaskIndex index);

// After any change to a job's tasks, priority, pause or end.
void refresh_job(Farm& farm, JobId id);

// Counts a task as done, or no longer done, with those that need it.
void tell_dependants(Farm& farm, TaskKey key, bool done);

// Runs `change(task)` with the indices right before and after it.
template <class Change>
void change_task(Farm& farm, TaskKey key, Change&& change) {
    Task& task = farm.jobs.at(key.job).tasks.at(key.index);
    const bool was_done = task.state == TaskState::done;
    remove_from_indices(farm, key);
    std::forward<Change>(change)(task);
    add_to_indices(farm, key);
    const bool is_done = task.state == TaskState::done;
    if (was_done != is_done) tell_dependants(farm, key, is_done);
}

}  // namespace nightreel
