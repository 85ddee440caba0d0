#include <fmt/format.h>

#include "scheduler/farm/decisions.h"

namespace nightreel {
namespace {

JobFinished finished_event(JobId id, const Job& job, Millis now) {
    JobFinished event;
    event.at = now;
    event.job = id;
    event.done = job.count(TaskState::done);
    event.failed = job.count(TaskState::failed);
    event.cancelled = job.count(TaskState::cancelled);
    event.blocked = job.count(TaskState::waiting);
    return event;
}

}  // namespace

Decision decide(const Farm& farm, const FarmPolicy& policy, const Command& command, Millis now) {
    const Situation situation{farm, policy, now};
    return std::visit([&](const auto& wish) { return decide_on(situation, wish); }, command);
}

Decision advance(Farm& farm, const FarmPolicy& policy, const Command& command, Millis now) {
    Decision decision = decide(farm, policy, command, now);
    make_fact(farm, decision, now);
    return decision;
}

void make_fact(Farm& farm, Decision& decision, Millis now) {
    for (const Event& event : decision.events) evolve(farm, event);
    while (!farm.ended.empty()) {
        const JobId id = *farm.ended.begin();
        const Event event = finished_event(id, farm.jobs.at(id), now);
        evolve(farm, event);
        decision.events.push_back(event);
    }
}

const Task* find_task(const Farm& farm, TaskKey key) {
    const auto job = farm.jobs.find(key.job);
    if (job == farm.jobs.end() || key.index >= job->second.tasks.size()) return nullptr;
    return &job->second.tasks[key.index];
}

JobState state_of(const Job& job) {
    if (job.finished) {
        if (job.count(TaskState::done) == job.tasks.size()) return JobState::done;
        return job.count(TaskState::failed) > 0 ? JobState::failed : JobState::cancelled;
    }
    if (job.paused) return JobState::paused;
    return job.count(TaskState::waiting) == job.tasks.size() ? JobState::queued : JobState::running;
}

Verdict verdict_on(const Farm& farm, const WorkerId& worker, const TaskAttempt& attempt) {
    const Task* task = find_task(farm, attempt.task);
    if (task == nullptr) return Verdict::drop;
    if (task->lease) {
        const bool current =
            task->lease->attempt == attempt.attempt && task->lease->worker == worker;
        if (!current) return Verdict::drop;
        return task->state == TaskState::publishing ? Verdict::publish : Verdict::keep;
    }
    const bool made_it = task->state == TaskState::done && task->last_attempt == attempt.attempt &&
                         task->last_worker == worker;
    return made_it ? Verdict::settled : Verdict::drop;
}

}  // namespace nightreel
