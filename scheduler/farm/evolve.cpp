// Applies an event to the state. Nothing here depends on the policy: an old journal must have the
// same meaning under a new policy.

#include <algorithm>

#include "scheduler/farm/evolve_parts.h"
#include "scheduler/farm/indices.h"

namespace nightreel {
namespace evolving {
namespace {

// Enough consecutive failures to decide whether to set a worker aside.
constexpr std::size_t failures_remembered_max = 32;

bool blames_worker(ErrorKind kind) {
    return kind == ErrorKind::crash || kind == ErrorKind::internal ||
           kind == ErrorKind::timed_out || kind == ErrorKind::unavailable;
}

// A job that so many workers fail alike is at fault, and they are not.
constexpr std::size_t workers_that_blame_the_job = 2;

Refusals& note_failure(Job& job, TaskIndex index, const WorkerId& by) {
    Refusals& refusals = job.refusals[job.tasks[index].spec.model];
    refusals.last = index;
    refusals.by.insert(by);
    return refusals;
}

// The worker failed the task in a way that may be its own fault.
void blame_worker(Farm& farm, const WorkerId& id, TaskKey key) {
    Job& job = farm.jobs.at(key.job);
    const Refusals& refusals = note_failure(job, key.index, id);
    if (refusals.by.size() >= workers_that_blame_the_job) return;
    std::vector<TaskKey>& row = farm.workers.at(id).failures_in_a_row;
    if (std::find(row.begin(), row.end(), key) != row.end()) return;
    if (row.size() < failures_remembered_max) row.push_back(key);
}

// What was leased before they all had to wait makes them wait no longer than they do.
void count_refusal(Job& job, const TaskReturned& e, const WorkerId& by) {
    Refusals& refusals = note_failure(job, e.task.index, by);
    ++refusals.in_a_row;
    if (e.not_before == Millis(0) || e.at < refusals.not_before) return;
    ++refusals.rounds;
    refusals.not_before = e.not_before;
}

void remember_failure_on(Task& task, const WorkerId& worker) {
    std::vector<WorkerId>& list = task.troubles.failed_on;
    if (std::find(list.begin(), list.end(), worker) == list.end()) list.push_back(worker);
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

// Moves every stored time that something still waits for. 0 means none, so no time becomes that.
void shift(Millis& time, Millis by) {
    if (time != Millis(0)) time = std::max(time + by, Millis(1));
}

void shift(std::optional<Millis>& time, Millis by) {
    if (time) shift(*time, by);
}

void shift(Task& task, Millis by) {
    shift(task.not_before, by);
    shift(task.ready_at, by);
    shift(task.troubles.unavailable_since, by);
    if (!task.lease) return;
    shift(task.lease->since, by);
    shift(task.lease->until, by);
    shift(task.lease->accepted_at, by);
}

void shift(Farm& farm, Millis by) {
    for (auto& [id, job] : farm.jobs) {
        shift(job.begun_at, by);
        for (auto& [model, refusals] : job.refusals) shift(refusals.not_before, by);
        job.delayed.clear();
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            shift(job.tasks[i], by);
            stand_in_line(job, i);
        }
    }
    for (auto& [id, worker] : farm.workers) {
        worker.last_seen += by;
        shift(worker.set_aside_until, by);
        shift(worker.offered_at, by);
        for (auto& [model, since] : worker.unfit_since) shift(since, by);
    }
}

}  // namespace

void apply(Farm& farm, const TaskLeased& e) {
    const Task& before = task_of(farm, e.task, e);
    worker_of(farm, e.worker, e);
    const std::string& name = before.spec.name;
    expect(before.state == TaskState::waiting, e, fmt::format("{} does not wait", name));
    expect(before.needs_missing == 0, e, fmt::format("{} lacks a need", name));
    expect(before.after_open == 0, e, fmt::format("{} stands after one that goes on", name));
    expect(e.attempt > farm.last_attempt, e, "its attempt number was used before");
    expect(!farm.in_work.contains(before.spec.digest), e, fmt::format("{} is in work", name));
    farm.last_attempt = e.attempt;
    change_task(farm, e.task, [&](Task& task) {
        // Time in which nobody tried is no waiting for what is not available.
        auto& since = task.troubles.unavailable_since;
        const bool delayed = since && task.not_before != Millis(0);
        if (delayed) *since += std::max(Millis(0), e.at - task.not_before);
        task.state = TaskState::leased;
        task.lease = Lease{e.attempt, e.worker, e.at, e.until, e.lean, {}};
        task.last_attempt = e.attempt;
        ++task.attempts;
        task.not_before = Millis(0);
    });
    refresh_job(farm, e.task.job);
}

void apply(Farm& farm, const LeaseRenewed& e) {
    Task& task = held_task_of(farm, e);
    task.lease->until = e.until;
    if (!e.trouble.empty() && task.state == TaskState::publishing) task.error = e.trouble;
}

void apply(Farm& farm, const TaskAccepted& e) {
    const WorkerId worker = held_task_of(farm, e).lease->worker;
    change_task(farm, e.task, [&](Task& task) {
        task.state = TaskState::publishing;
        task.lease->until = e.until;
        task.lease->accepted_at = e.at;
        task.facts = e.facts;
        task.cached = e.cached;
        task.error.clear();
    });
    Worker& record = farm.workers.at(worker);
    record.failures_in_a_row.clear();
    Job& job = farm.jobs.at(e.task.job);
    const TaskSpec& spec = job.tasks[e.task.index].spec;
    record.unfit_since.erase(spec.model_digest);
    record.unfit_since.erase(Digest{});
    job.refusals.erase(spec.model);
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
    if (e.reason == ReturnReason::unavailable || e.reason == ReturnReason::unfit) {
        count_refusal(farm.jobs.at(e.task.job), e, lease.worker);
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
            if (lease.accepted_at) lease.accepted_at = e.at;
        }
    }
}

void apply(Farm& farm, const WaitsEnded&) {
    for (auto& [id, job] : farm.jobs) {
        for (auto& [model, refusals] : job.refusals) refusals.not_before = Millis(0);
        const auto delayed = job.delayed;
        for (const auto& [line, tasks] : delayed) {
            for (const DueTask& due : tasks) {
                change_task(farm, {id, due.index}, [](Task& task) { task.not_before = Millis(0); });
            }
        }
        refresh_job(farm, id);
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

}  // namespace evolving

void evolve(Farm& farm, const Event& event) {
    farm.latest = std::max(farm.latest, time_of(event));
    std::visit([&farm](const auto& fact) { evolving::apply(farm, fact); }, event);
}

std::string_view name_of(const Event& event) {
    return std::visit([](const auto& fact) { return fact.name; }, event);
}

Millis time_of(const Event& event) {
    return std::visit([](const auto& fact) { return fact.at; }, event);
}

}  // namespace nightreel
