// What time brings: leases that end, workers that come back or are forgotten, old jobs that go.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/able_workers.h"
#include "scheduler/farm/decisions.h"
#include "scheduler/farm/placement.h"
#include "scheduler/farm/retry_policy.h"

namespace nightreel {
namespace {

void end_leases(const Situation& at, AbleWorkers& able, std::vector<Event>& events) {
    for (const auto& [id, worker] : at.farm.workers) {
        for (const TaskAttempt& held : worker.holds) {
            const Lease& lease = *find_task(at.farm, held.task)->lease;
            if (at.now >= lease.until) {
                events.push_back(after_loss(
                    at, held.task, fmt::format("worker {} stopped responding", id.name)));
            } else if (lease.accepted_at) {
                const auto event = after_stuck_publishing(at, held.task, able);
                if (event) events.push_back(*event);
            }
        }
    }
}

// Why nobody can run the task: the first worker that says so.
std::string why_nobody(const Situation& at, const TaskSpec& task) {
    for (const auto& [id, worker] : at.farm.workers) {
        if (!is_live(at.policy, worker, at.now)) continue;
        const std::string why = why_not_there(worker, task);
        if (!why.empty()) {
            return fmt::format("no connected worker can run this task ({}: {})", id.name, why);
        }
    }
    return "no connected worker can run this task";
}

// What no worker can run waits, and not for ever. It is counted from the latest of: the job was
// submitted, resumed or retried; the task's needs were done; a worker that could was last heard, or
// said or showed that it cannot.
class GivingUp {
  public:
    GivingUp(const Situation& at, AbleWorkers& able, std::vector<Event>& events)
        : at_(at), able_(able), events_(events) {}

    void review(JobId id, const Job& job) {
        for (const auto& [line, tasks] : job.ready) {
            const auto since = over_limit(job, job.tasks[*tasks.begin()].spec);
            if (!since) continue;
            for (const TaskIndex index : tasks) give_up_if_due({id, index}, *since);
        }
        for (const auto& [line, tasks] : job.delayed) {
            const auto since = over_limit(job, job.tasks[tasks.begin()->index].spec);
            if (!since) continue;
            for (const DueTask& due : tasks) give_up_if_due({id, due.index}, *since);
        }
    }

  private:
    std::optional<Millis> over_limit(const Job& job, const TaskSpec& example) {
        const auto since = able_.none_since(example);
        if (!since) return {};
        const Millis begin = std::max(*since, job.begun_at);
        if (at_.now - begin < at_.policy.unavailable_limit) return {};
        return begin;
    }

    void give_up_if_due(TaskKey key, Millis since) {
        const Task& task = *find_task(at_.farm, key);
        const Millis waited = at_.now - std::max(since, task.ready_at);
        if (waited < at_.policy.unavailable_limit || given_up_ >= at_.policy.given_up_per_tick_max)
            return;
        ++given_up_;
        events_.push_back(give_up(at_, key, waited, why_nobody(at_, task.spec)));
    }

    const Situation& at_;
    AbleWorkers& able_;
    std::vector<Event>& events_;
    std::size_t given_up_ = 0;
};

void review_workers(const Situation& at, std::vector<Event>& events) {
    for (const auto& [id, worker] : at.farm.workers) {
        if (worker.set_aside_until && !is_set_aside(worker, at.now)) {
            events.push_back(WorkerRestored{at.now, id, {}});
        }
        const bool long_gone = at.now >= worker.last_seen + at.policy.worker_forgotten;
        if (long_gone && worker.holds.empty()) events.push_back(WorkerForgotten{at.now, id});
    }
}

void forget_old_jobs(const Situation& at, std::vector<Event>& events) {
    std::vector<std::pair<Millis, JobId>> finished;
    for (const auto& [id, job] : at.farm.jobs) {
        if (job.finished) finished.push_back({job.finished_at, id});
    }
    if (finished.size() <= at.policy.finished_jobs_kept) return;
    std::sort(finished.begin(), finished.end());
    finished.resize(finished.size() - at.policy.finished_jobs_kept);
    for (const auto& [time, id] : finished) events.push_back(JobForgotten{at.now, id, {}});
}

}  // namespace

Decision decide_on(const Situation& at, const Tick&) {
    Decision decision;
    AbleWorkers able(at.farm, at.policy, at.now);
    end_leases(at, able, decision.events);
    GivingUp giving_up(at, able, decision.events);
    for (const JobRank& rank : at.farm.queue) giving_up.review(rank.job, at.farm.jobs.at(rank.job));
    review_workers(at, decision.events);
    forget_old_jobs(at, decision.events);
    return decision;
}

Decision decide_on(const Situation& at, const SchedulerStarted&) {
    Decision decision;
    // While nobody ran, only a clock that went back can be told from time that passed.
    const Millis ahead = at.farm.latest - at.now;
    if (ahead > at.policy.clock_step_tolerated) {
        decision.events.push_back(ClockStepped{at.now, -ahead});
    }
    // Its pieces were in memory, or its submitter is gone: it is submitted again.
    for (const auto& [id, job] : at.farm.announced) {
        decision.events.push_back(JobDropped{at.now, id});
    }
    if (!at.farm.in_work.empty()) {
        decision.events.push_back(LeasesExtended{at.now, at.now + at.policy.restart_grace});
    }
    return decision;
}

// Noticed by comparing the clocks at every turn, so whoever calls has the step exactly.
Decision decide_on(const Situation& at, const StepClock& command) {
    const bool small = std::chrono::abs(command.by) <= at.policy.clock_step_tolerated;
    if (small) return {};
    return {{ClockStepped{at.now, command.by}}, Nothing{}};
}

// Leases count only time in which somebody listened.
Decision decide_on(const Situation& at, const Resumed&) {
    if (at.farm.in_work.empty()) return {};
    return {{LeasesExtended{at.now, at.now + at.policy.lease}}, Nothing{}};
}

}  // namespace nightreel
