// Applies an event to the state. Nothing here depends on the policy: an old journal must have the
// same meaning under a new policy.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/farm.h"
#include "scheduler/farm/indices.h"

namespace nightreel {
namespace {

// Enough consecutive failures to decide whether to set a worker aside.
constexpr std::size_t failures_remembered_max = 32;

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

void end_lease(Task& task, TaskState next) {
    task.last_worker = task.lease->worker;
    task.lease.reset();
    task.state = next;
}

bool blames_worker(ErrorKind kind) {
    return kind == ErrorKind::crash || kind == ErrorKind::internal ||
           kind == ErrorKind::timed_out || kind == ErrorKind::unavailable;
}

void blame_worker(Farm& farm, const WorkerId& id, TaskKey task) {
    std::vector<TaskKey>& row = farm.workers.at(id).failures_in_a_row;
    if (std::find(row.begin(), row.end(), task) != row.end()) return;
    if (row.size() < failures_remembered_max) row.push_back(task);
}

void remember_failure_on(Task& task, const WorkerId& worker) {
    std::vector<WorkerId>& list = task.troubles.failed_on;
    if (std::find(list.begin(), list.end(), worker) == list.end()) list.push_back(worker);
}

template <class Fact>
void expect_new_job(const Farm& farm, JobId id, const Fact& fact) {
    expect(id > farm.last_job, fact, fmt::format("job {} is known already", id.value));
}

// The tasks of a job that has arrived whole; its other members are set.
template <class Fact>
void begin_tasks(Farm& farm, JobId id, const std::vector<TaskSpec>& specs, const Fact& fact) {
    Job& job = farm.jobs.at(id);
    job.tasks.resize(specs.size());
    for (TaskIndex i = 0; i < specs.size(); ++i) {
        Task& task = job.tasks[i];
        task.spec = specs[i];
        task.needs_missing = static_cast<std::uint32_t>(task.spec.needs.size());
        for (const TaskIndex need : task.spec.needs) {
            expect(need < i, fact, fmt::format("{} needs a later task", task.spec.name));
            job.tasks[need].dependants.push_back(i);
        }
        add_to_indices(farm, {id, i});
    }
    farm.submissions[job.submission] = id;
    refresh_job(farm, id);
}

void apply(Farm& farm, const JobSubmitted& e) {
    expect_new_job(farm, e.job, e);
    Job& job = farm.jobs[e.job];
    job.submission = e.submission;
    job.title = e.title;
    job.submitter = e.submitter;
    job.priority = e.priority;
    job.submitted_at = e.at;
    farm.last_job = e.job;
    begin_tasks(farm, e.job, e.tasks, e);
}

template <class Fact>
AnnouncedJob& announced_job_of(Farm& farm, JobId id, const Fact& fact) {
    const auto found = farm.announced.find(id);
    expect(found != farm.announced.end(), fact, fmt::format("job {} is not arriving", id.value));
    return found->second;
}

void apply(Farm& farm, const JobAnnounced& e) {
    expect_new_job(farm, e.job, e);
    farm.announced[e.job] = {e.submission, e.title, e.submitter, e.priority, e.tasks, {}};
    farm.last_job = e.job;
}

void apply(Farm& farm, const TasksAdded& e) {
    AnnouncedJob& job = announced_job_of(farm, e.job, e);
    expect(job.tasks.size() + e.tasks.size() <= job.announced,
           e,
           fmt::format("job {} was announced with fewer tasks", e.job.value));
    job.tasks.insert(job.tasks.end(), e.tasks.begin(), e.tasks.end());
}

void apply(Farm& farm, const JobArrived& e) {
    const AnnouncedJob arrived = std::move(announced_job_of(farm, e.job, e));
    expect(arrived.tasks.size() == arrived.announced,
           e,
           fmt::format("job {} lacks tasks", e.job.value));
    farm.announced.erase(e.job);
    Job& job = farm.jobs[e.job];
    job.submission = arrived.submission;
    job.title = arrived.title;
    job.submitter = arrived.submitter;
    job.priority = arrived.priority;
    job.submitted_at = e.at;
    begin_tasks(farm, e.job, arrived.tasks, e);
}

void apply(Farm& farm, const JobDropped& e) {
    announced_job_of(farm, e.job, e);
    farm.announced.erase(e.job);
}

void apply(Farm& farm, const VersionsGiven& e) {
    for (const GivenVersion& given : e.versions) farm.versions.note(given);
}

void apply(Farm& farm, const JobPaused& e) {
    job_of(farm, e.job, e).paused = true;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobResumed& e) {
    job_of(farm, e.job, e).paused = false;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobPrioritised& e) {
    Job& job = job_of(farm, e.job, e);
    farm.queue.erase({job.priority, e.job});
    job.priority = e.priority;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobFinished& e) {
    Job& job = job_of(farm, e.job, e);
    job.finished = true;
    job.finished_at = e.at;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobForgotten& e) {
    const Job& job = job_of(farm, e.job, e);
    expect(job.finished, e, fmt::format("job {} is not finished", e.job.value));
    farm.submissions.erase(job.submission);
    farm.queue.erase({job.priority, e.job});
    farm.ended.erase(e.job);
    farm.jobs.erase(e.job);
}

void cancel(Task& task, Millis at) {
    if (task.lease) end_lease(task, TaskState::cancelled);
    task.state = TaskState::cancelled;
    task.ended_at = at;
}

void apply(Farm& farm, const TasksCancelled& e) {
    for (const TaskIndex index : e.tasks) {
        task_of(farm, {e.job, index}, e);
        change_task(farm, {e.job, index}, [&](Task& task) { cancel(task, e.at); });
    }
    refresh_job(farm, e.job);
}

void begin_anew(Task& task, bool fresh) {
    if (task.lease) end_lease(task, TaskState::waiting);
    task.state = TaskState::waiting;
    task.troubles = {};
    task.not_before = Millis(0);
    task.fresh = fresh;
    task.cached = false;
    task.error.clear();
    task.facts.clear();
}

void apply(Farm& farm, const TasksRetried& e) {
    for (const TaskIndex index : e.tasks) {
        task_of(farm, {e.job, index}, e);
        change_task(farm, {e.job, index}, [&](Task& task) { begin_anew(task, e.fresh); });
    }
    job_of(farm, e.job, e).finished = false;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const WorkerJoined& e) {
    Worker& worker = farm.workers[e.worker];
    if (worker.session != e.session) {
        worker.offer.reset();  // another process, perhaps on another machine
        worker.unfit.clear();
    }
    worker.session = e.session;
    worker.host = e.host;
    worker.memory_bytes = e.memory_bytes;
    worker.last_seen = e.at;
}

void apply(Farm& farm, const WorkerSeen& e) {
    worker_of(farm, e.worker, e).last_seen = e.at;
}

void apply(Farm& farm, const WorkerSetAside& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.set_aside_until = e.until;
    worker.set_aside_why = e.why;
}

void apply(Farm& farm, const WorkerRestored& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.set_aside_until.reset();
    worker.set_aside_why.clear();
    worker.failures_in_a_row.clear();
}

void apply(Farm& farm, const WorkerForgotten& e) {
    expect(worker_of(farm, e.worker, e).holds.empty(), e, "it holds a lease");
    farm.workers.erase(e.worker);
}

void apply(Farm& farm, const WorkerOffered& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.offer = e.offer;
    worker.unfit.clear();
}

void apply(Farm& farm, const WorkerUnfit& e) {
    worker_of(farm, e.worker, e).unfit[e.model] = e.why;
}

void apply(Farm& farm, const WorkerManaged& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.mode = e.mode;
    worker.mode_by = e.by;
}

void apply(Farm& farm, const TaskLeased& e) {
    const Task& before = task_of(farm, e.task, e);
    worker_of(farm, e.worker, e);
    const std::string& name = before.spec.name;
    expect(before.state == TaskState::waiting, e, fmt::format("{} does not wait", name));
    expect(before.needs_missing == 0, e, fmt::format("{} lacks a need", name));
    expect(e.attempt > farm.last_attempt, e, "its attempt number was used before");
    expect(!farm.in_work.contains(before.spec.digest), e, fmt::format("{} is in work", name));
    farm.last_attempt = e.attempt;
    change_task(farm, e.task, [&](Task& task) {
        task.state = TaskState::leased;
        task.lease = Lease{e.attempt, e.worker, e.at, e.until, e.lean};
        task.last_attempt = e.attempt;
        ++task.attempts;
        task.not_before = Millis(0);
    });
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const LeaseRenewed& e) {
    held_task_of(farm, e).lease->until = e.until;
}

void apply(Farm& farm, const TaskAccepted& e) {
    const WorkerId worker = held_task_of(farm, e).lease->worker;
    change_task(farm, e.task, [&](Task& task) {
        task.state = TaskState::publishing;
        task.lease->until = e.until;
        task.facts = e.facts;
        task.cached = e.cached;
    });
    farm.workers.at(worker).failures_in_a_row.clear();
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const TaskDone& e) {
    expect(held_task_of(farm, e).state == TaskState::publishing, e, "it was never accepted");
    change_task(farm, e.task, [&](Task& task) {
        end_lease(task, TaskState::done);
        task.ended_at = e.at;
        task.troubles = {};
        task.fresh = false;
        task.error.clear();
    });
    refresh_job(farm, e.task.job);
}

// Waiting for what is not there is measured from its beginning; anything else interrupts it.
void count_waiting(Troubles& troubles, const TaskReturned& e) {
    const bool waits = e.reason == ReturnReason::unavailable || e.reason == ReturnReason::unfit;
    if (!waits) {
        troubles.unavailable = 0;
        troubles.unavailable_since.reset();
        return;
    }
    if (e.reason == ReturnReason::unavailable) ++troubles.unavailable;
    if (!troubles.unavailable_since) troubles.unavailable_since = e.at;
}

void count_trouble(Troubles& troubles, const TaskReturned& e, bool lean) {
    count_waiting(troubles, e);
    switch (e.reason) {
        case ReturnReason::lost:
            ++troubles.losses;
            return;
        case ReturnReason::crashed:
            ++troubles.attempts;
            return;
        case ReturnReason::out_of_memory: {
            ++troubles.ooms;
            auto& largest = lean ? troubles.oom_lean_memory_bytes : troubles.oom_memory_bytes;
            largest = std::max(largest, e.memory_bytes);
            return;
        }
        case ReturnReason::input_lost:
            ++troubles.input_losses;
            return;
        case ReturnReason::killed:
            ++troubles.killed;
            return;
        case ReturnReason::stopped:
            ++troubles.stopped;
            return;
        case ReturnReason::unavailable:
        case ReturnReason::unfit:
            return;
    }
}

// Whether the worker is a bad place for this task.
bool speaks_against_worker(ReturnReason reason) {
    return reason == ReturnReason::crashed || reason == ReturnReason::unavailable ||
           reason == ReturnReason::out_of_memory || reason == ReturnReason::unfit;
}

void apply(Farm& farm, const TaskReturned& e) {
    const Lease lease = *held_task_of(farm, e).lease;
    change_task(farm, e.task, [&](Task& task) {
        end_lease(task, TaskState::waiting);
        count_trouble(task.troubles, e, lease.lean);
        if (speaks_against_worker(e.reason)) remember_failure_on(task, lease.worker);
        task.not_before = e.not_before;
        task.error = e.why;
        task.facts.clear();
    });
    if (e.reason == ReturnReason::crashed || e.reason == ReturnReason::unavailable) {
        blame_worker(farm, lease.worker, e.task);
    }
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const TaskFailed& e) {
    const WorkerId worker = held_task_of(farm, e).lease->worker;
    change_task(farm, e.task, [&](Task& task) {
        end_lease(task, TaskState::failed);
        remember_failure_on(task, worker);
        task.ended_at = e.at;
        task.error_kind = e.kind;
        task.error = e.why;
        task.facts.clear();
    });
    if (blames_worker(e.kind)) blame_worker(farm, worker, e.task);
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const TaskGivenUp& e) {
    expect(task_of(farm, e.task, e).state == TaskState::waiting, e, "the task does not wait");
    change_task(farm, e.task, [&](Task& task) {
        task.state = TaskState::failed;
        task.ended_at = e.at;
        task.error_kind = e.kind;
        task.error = e.why;
    });
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const ArtifactLost& e) {
    expect(task_of(farm, e.task, e).state == TaskState::done, e, "its maker was not done");
    change_task(farm, e.task, [&](Task& task) {
        task.state = TaskState::waiting;
        task.not_before = Millis(0);
        task.facts.clear();
        task.cached = false;
    });
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const LeasesExtended& e) {
    for (const auto& [id, worker] : farm.workers) {
        for (const TaskAttempt& held : worker.holds) {
            Lease& lease = *farm.jobs.at(held.task.job).tasks[held.task.index].lease;
            lease.until = std::max(lease.until, e.until);
        }
    }
}

void apply(Farm& farm, const WaitsEnded&) {
    for (auto& [id, job] : farm.jobs) {
        for (const DueTask& due : std::set<DueTask>(job.delayed)) {
            change_task(farm, {id, due.index}, [](Task& task) { task.not_before = Millis(0); });
        }
        refresh_job(farm, id);
    }
}

// Moves every stored time of the job that something still waits for.
void shift(Job& job, Millis by) {
    // 0 means none, so no time becomes that.
    const auto shifted = [by](Millis time) { return std::max(time + by, Millis(1)); };
    job.delayed.clear();
    for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
        Task& task = job.tasks[i];
        if (task.not_before != Millis(0)) task.not_before = shifted(task.not_before);
        if (task.not_before != Millis(0) && task.state == TaskState::waiting &&
            task.needs_missing == 0) {
            job.delayed.insert({task.not_before, i});
        }
        auto& since = task.troubles.unavailable_since;
        if (since) since = shifted(*since);
        if (task.lease) task.lease->since = shifted(task.lease->since);
        if (task.lease) task.lease->until = shifted(task.lease->until);
    }
}

void shift(Farm& farm, Millis by) {
    for (auto& [id, job] : farm.jobs) shift(job, by);
    for (auto& [id, worker] : farm.workers) {
        worker.last_seen += by;
        if (worker.set_aside_until) *worker.set_aside_until += by;
    }
}

void apply(Farm& farm, const ClockSetBack& e) {
    shift(farm, -e.by);
    farm.latest = e.at;
}

void apply(Farm& farm, const ClockStepped& e) {
    shift(farm, e.by);
    farm.latest = e.at;
}

}  // namespace

void evolve(Farm& farm, const Event& event) {
    farm.latest = std::max(farm.latest, time_of(event));
    std::visit([&farm](const auto& fact) { apply(farm, fact); }, event);
}

std::string_view name_of(const Event& event) {
    return std::visit([](const auto& fact) { return fact.name; }, event);
}

Millis time_of(const Event& event) {
    return std::visit([](const auto& fact) { return fact.at; }, event);
}

}  // namespace nightreel
