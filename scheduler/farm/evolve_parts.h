#pragma once
// The parts of evolve: what each event does, and what all of them ask of the state. Private to this
// folder.

#include <fmt/format.h>

#include "scheduler/farm/farm.h"

namespace nightreel::evolving {

template <class Fact>
void expect(bool holds, const Fact&, const std::string& what) {
    if (holds) return;
    throw Error(
        ErrorKind::corrupt,
        fmt::format("the journal says {}, but {}; restore it from a backup", Fact::name, what));
}

template <class Fact>
Job& job_of(Farm& farm, JobId id, const Fact& fact) {
    const auto found = farm.jobs.find(id);
    expect(found != farm.jobs.end(), fact, fmt::format("there is no job {}", id.value));
    return found->second;
}

template <class Fact>
Task& task_of(Farm& farm, TaskKey key, const Fact& fact) {
    Job& job = job_of(farm, key.job, fact);
    expect(key.index < job.tasks.size(),
           fact,
           fmt::format("job {} has no task {}", key.job.value, key.index));
    return job.tasks[key.index];
}

template <class Fact>
Worker& worker_of(Farm& farm, const WorkerId& id, const Fact& fact) {
    const auto found = farm.workers.find(id);
    expect(found != farm.workers.end(), fact, fmt::format("there is no worker {}", id.name));
    return found->second;
}

// The task of a fact about an attempt that has to hold the lease.
template <class Fact>
Task& held_task_of(Farm& farm, const Fact& fact) {
    Task& task = task_of(farm, fact.task, fact);
    expect(task.lease && task.lease->attempt == fact.attempt,
           fact,
           fmt::format("attempt {} does not hold {}", fact.attempt.value, task.spec.name));
    return task;
}

inline void end_lease(Task& task, TaskState next) {
    task.last_worker = task.lease->worker;
    task.lease.reset();
    task.state = next;
}

// `fresh`: whatever the store holds.
inline void begin_anew(Task& task, bool fresh) {
    if (task.lease) end_lease(task, TaskState::waiting);
    task.state = TaskState::waiting;
    task.troubles = {};
    task.not_before = Millis(0);
    task.fresh = task.fresh || fresh;  // until it is done
    task.cached = false;
    task.error.clear();
    task.facts.clear();
}

void apply(Farm& farm, const JobSubmitted& e);
void apply(Farm& farm, const JobPaused& e);
void apply(Farm& farm, const JobResumed& e);
void apply(Farm& farm, const JobPrioritised& e);
void apply(Farm& farm, const JobFinished& e);
void apply(Farm& farm, const JobForgotten& e);
void apply(Farm& farm, const TasksCancelled& e);
void apply(Farm& farm, const TasksRetried& e);
void apply(Farm& farm, const WorkerJoined& e);
void apply(Farm& farm, const WorkerSeen& e);
void apply(Farm& farm, const WorkerSetAside& e);
void apply(Farm& farm, const WorkerRestored& e);
void apply(Farm& farm, const WorkerForgotten& e);
void apply(Farm& farm, const TaskLeased& e);
void apply(Farm& farm, const LeaseRenewed& e);
void apply(Farm& farm, const TaskAccepted& e);
void apply(Farm& farm, const TaskDone& e);
void apply(Farm& farm, const TaskReturned& e);
void apply(Farm& farm, const TaskFailed& e);
void apply(Farm& farm, const ArtifactLost& e);
void apply(Farm& farm, const LeasesExtended& e);
void apply(Farm& farm, const ClockSetBack& e);
void apply(Farm& farm, const JobAnnounced& e);
void apply(Farm& farm, const TasksAdded& e);
void apply(Farm& farm, const JobArrived& e);
void apply(Farm& farm, const JobDropped& e);
void apply(Farm& farm, const VersionsGiven& e);
void apply(Farm& farm, const WorkerOffered& e);
void apply(Farm& farm, const WorkerUnfit& e);
void apply(Farm& farm, const WorkerManaged& e);
void apply(Farm& farm, const WaitsEnded& e);
void apply(Farm& farm, const ClockStepped& e);
void apply(Farm& farm, const TaskGivenUp& e);
void apply(Farm& farm, const TakesReviewed& e);

}  // namespace nightreel::evolving
