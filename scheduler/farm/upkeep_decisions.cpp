// What time brings: leases that end, workers that come back or are forgotten, old jobs that go.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/decisions.h"
#include "scheduler/farm/placement.h"
#include "scheduler/farm/retry_policy.h"

namespace nightreel {
namespace {

void end_leases(const Situation& at, std::vector<Event>& events) {
    for (const auto& [id, worker] : at.farm.workers) {
        for (const TaskAttempt& held : worker.holds) {
            const Lease& lease = *find_task(at.farm, held.task)->lease;
            if (at.now < lease.until) continue;
            events.push_back(
                after_loss(at, held.task, fmt::format("worker {} stopped responding", id.name)));
        }
    }
}

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
    end_leases(at, decision.events);
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
