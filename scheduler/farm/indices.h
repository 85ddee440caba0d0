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
// Ties a task to those before it, which are tied already, and counts what it waits for.
void connect(Job& job, TaskIndex index);
// Only the part about tasks that are ready.
void stand_in_line(Job& job, TaskIndex index);

// After any change to a job's tasks, priority, pause or end.
void refresh_job(Farm& farm, JobId id);

// What others can expect of a task. open: it may still be done. dead: it failed, was cancelled or
// is blocked by one that is, and only somebody's retry changes that.
enum class Fate { open, done, dead };

Fate fate_of(const Task& task);

// The task's fate was another one: counts that with those that need it or stand after it, and with
// those that wait for them in turn. What stands after a task that goes on has to be run again.
void tell_others(Farm& farm, TaskKey key, Fate before);

// Runs `change(task)` with the indices right before and after it.
template <class Change>
void change_task(Farm& farm, TaskKey key, Change&& change) {
    Task& task = farm.jobs.at(key.job).tasks.at(key.index);
    const Fate before = fate_of(task);
    remove_from_indices(farm, key);
    std::forward<Change>(change)(task);
    add_to_indices(farm, key);
    tell_others(farm, key, before);
}

}  // namespace nightreel
