#include "scheduler/farm/retry_policy.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scheduler/farm/able_workers.h"
#include "scheduler/farm/placement.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

// One attempt that ended badly.
struct Case {
    const Situation& at;
    TaskKey key;
    const Task& task;
    std::string why;
};

std::string hours_text(Millis time) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
    return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h", minutes / 60);
}

Event fail(const Case& c, ErrorKind kind) {
    TaskFailed event;
    event.at = c.at.now;
    event.task = c.key;
    event.attempt = c.task.lease->attempt;
    event.kind = kind;
    event.why = c.why;
    return event;
}

// `limit`: what was reached, and the name of the setting.
Event fail_at(const Case& c, ErrorKind kind, std::string_view limit) {
    Event event = fail(c, kind);
    std::get<TaskFailed>(event).why = at_the_limit(c.at.farm, c.key, c.why, limit);
    return event;
}

TaskReturned give_back(const Case& c, ReturnReason reason) {
    TaskReturned event;
    event.at = c.at.now;
    event.task = c.key;
    event.attempt = c.task.lease->attempt;
    event.reason = reason;
    event.why = c.why;
    return event;
}

Millis doubled(const FarmPolicy& policy, int times) {
    Millis wait = policy.unavailable_wait_min;
    for (int i = 0; i < times && wait < policy.unavailable_wait_max; ++i) wait *= 2;
    return std::min(wait, policy.unavailable_wait_max);
}

// The farm lost it `times` times for this reason. It may be the reason itself, so it is tried less
// and less often.
Event lose(const Case& c, ReturnReason reason, int times, int most, std::string_view limit) {
    const FarmPolicy& policy = c.at.policy;
    if (times >= most) {
        return fail_at(
            c, ErrorKind::crash, fmt::format("{} {} times ({})", word_of(reason), times, limit));
    }
    TaskReturned event = give_back(c, reason);
    const int late = times - policy.losses_at_once;
    if (late > 0) event.not_before = c.at.now + doubled(policy, late - 1);
    return event;
}

Event lose(const Case& c) {
    const int times = c.task.troubles.losses + 1;
    return lose(c, ReturnReason::lost, times, c.at.policy.losses_max, "losses_max");
}

Event lose_killed(const Case& c) {
    const int times = c.task.troubles.killed + 1;
    return lose(c, ReturnReason::killed, times, c.at.policy.killed_max, "killed_max");
}

// Its worker was stopped in good order: no reason to wait.
Event lose_stopped(const Case& c) {
    const int times = c.task.troubles.stopped + 1;
    if (times < c.at.policy.stopped_max) return give_back(c, ReturnReason::stopped);
    return fail_at(c, ErrorKind::crash, fmt::format("stopped {} times (stopped_max)", times));
}

Event try_elsewhere(const Case& c, ErrorKind kind) {
    const int attempts = c.task.troubles.attempts + 1;
    if (attempts < c.at.policy.attempts_max) return give_back(c, ReturnReason::crashed);
    return fail_at(c, kind, fmt::format("{} attempts (attempts_max)", attempts));
}

std::optional<Event> fail_after_waiting(const Case& c, ErrorKind kind) {
    const Millis waited = c.at.now - c.task.troubles.unavailable_since.value_or(c.at.now);
    if (waited < c.at.policy.unavailable_limit) return {};
    return fail_at(c, kind, fmt::format("waited {} (unavailable_limit)", hours_text(waited)));
}

Refusals refusals_of(const Case& c) {
    const auto& all = c.at.farm.jobs.at(c.key.job).refusals;
    const auto found = all.find(c.task.spec.model);
    return found == all.end() ? Refusals{} : found->second;
}

Event back_off(const Case& c, ErrorKind kind) {
    if (auto failed = fail_after_waiting(c, kind)) return *failed;
    const int times = std::max(c.task.troubles.unavailable, refusals_of(c).rounds);
    TaskReturned event = give_back(c, ReturnReason::unavailable);
    event.not_before = c.at.now + doubled(c.at.policy, times);
    return event;
}

// Another worker tries; this one is remembered as unfit by whoever calls.
// When all have tried one like it, what is returned waits: they may say again that they can.
Event leave_to_others(const Case& c) {
    if (auto failed = fail_after_waiting(c, ErrorKind::unfit)) return *failed;
    TaskReturned event = give_back(c, ReturnReason::unfit);
    const Refusals refusals = refusals_of(c);
    AbleWorkers able(c.at.farm, c.at.policy, c.at.now);
    const bool untried = able.any(c.task.spec, [&](const WorkerEntry& entry) {
        return entry.first != c.task.lease->worker && !refusals.by.contains(entry.first) &&
               is_large_enough(c.task, entry.second.memory_bytes);
    });
    if (refusals.in_a_row + 1 >= c.at.policy.refusals_max && !untried) {
        event.not_before = c.at.now + doubled(c.at.policy, refusals.rounds);
    }
    return event;
}

Event want_more_memory(const Case& c) {
    const std::uint64_t had = c.at.farm.workers.at(c.task.lease->worker).memory_bytes;
    const int ooms = c.task.troubles.ooms + 1;
    if (ooms >= c.at.policy.oom_max) {
        return fail_at(
            c, ErrorKind::out_of_memory, fmt::format("out of memory {} times (oom_max)", ooms));
    }
    AbleWorkers able(c.at.farm, c.at.policy, c.at.now);
    const bool larger_is_there = able.any(
        c.task.spec, [had](const WorkerEntry& entry) { return entry.second.memory_bytes > had; });
    if (c.task.lease->lean && !larger_is_there) {
        return fail_at(
            c,
            ErrorKind::out_of_memory,
            fmt::format("the plan that needs least memory, on the largest worker that can run it "
                        "({})",
                        bytes_text(static_cast<std::int64_t>(had))));
    }
    TaskReturned event = give_back(c, ReturnReason::out_of_memory);
    event.memory_bytes = had;
    return event;
}

// The needs that made what the worker could not read.
std::vector<TaskIndex> makers_of(const Case& c, const std::vector<Digest>& lost) {
    const Job& job = c.at.farm.jobs.at(c.key.job);
    std::vector<TaskIndex> makers;
    for (const TaskIndex need : c.task.spec.needs) {
        const Digest& digest = job.tasks[need].spec.digest;
        if (std::find(lost.begin(), lost.end(), digest) != lost.end()) makers.push_back(need);
    }
    return makers;
}

std::vector<Event> make_again(const Case& c, const std::vector<TaskIndex>& makers) {
    const int losses = c.task.troubles.input_losses + 1;
    if (losses >= c.at.policy.input_losses_max) {
        return {fail_at(
            c, ErrorKind::corrupt, fmt::format("inputs lost {} times (input_losses_max)", losses))};
    }
    std::vector<Event> events;
    for (const TaskIndex maker : makers) {
        const bool done = c.at.farm.jobs.at(c.key.job).tasks[maker].state == TaskState::done;
        if (done) events.push_back(ArtifactLost{c.at.now, {c.key.job, maker}, c.key});
    }
    events.push_back(give_back(c, ReturnReason::input_lost));
    return events;
}

Event by_kind(const Case& c, ErrorKind kind) {
    switch (kind) {
        case ErrorKind::bad_input:
        case ErrorKind::usage:
        case ErrorKind::not_allowed:
        case ErrorKind::needs_approval:
        case ErrorKind::corrupt:
            return fail(c, kind);
        case ErrorKind::timed_out:
        case ErrorKind::crash:
        case ErrorKind::internal:
            return try_elsewhere(c, kind);
        case ErrorKind::cancelled:
            return lose(c);
        case ErrorKind::unavailable:
        case ErrorKind::unreachable:
            return back_off(c, kind);
        case ErrorKind::out_of_memory:
            return want_more_memory(c);
        case ErrorKind::unfit:
            return leave_to_others(c);
    }
    return fail(c, ErrorKind::internal);
}

// bad_input and its like speak of the task, not of the host.
bool blames_worker(const Event& ending) {
    if (const auto* returned = std::get_if<TaskReturned>(&ending)) {
        return returned->reason == ReturnReason::crashed ||
               returned->reason == ReturnReason::unavailable;
    }
    const auto* failed = std::get_if<TaskFailed>(&ending);
    return failed != nullptr &&
           (failed->kind == ErrorKind::crash || failed->kind == ErrorKind::internal ||
            failed->kind == ErrorKind::timed_out || failed->kind == ErrorKind::unavailable);
}

// Then the job is at fault, and this failure says nothing about the worker.
bool others_failed_alike(const Farm& farm, const WorkerId& worker, TaskKey key) {
    const Job& job = farm.jobs.at(key.job);
    const auto refusals = job.refusals.find(job.tasks[key.index].spec.model);
    if (refusals == job.refusals.end()) return false;
    const auto& by = refusals->second.by;
    return by.size() > (by.contains(worker) ? 1U : 0U);
}

bool another_works(const Situation& at, const WorkerId& worker) {
    return std::any_of(at.farm.workers.begin(), at.farm.workers.end(), [&](const auto& entry) {
        return entry.first != worker && is_live(at.policy, entry.second, at.now) &&
               !is_set_aside(entry.second, at.now);
    });
}

}  // namespace

std::vector<Event> after_failure(const Situation& at, TaskKey key, const AttemptFailure& failure) {
    const Task& task = *find_task(at.farm, key);
    const Case c{at, key, task, utf8_head(failure.text, at.policy.text_bytes_max)};
    const std::vector<TaskIndex> makers = makers_of(c, failure.lost_inputs);
    if (!makers.empty()) return make_again(c, makers);
    switch (failure.cause) {
        case FailureCause::killed:
            return {lose_killed(c)};
        case FailureCause::stopped:
            return {lose_stopped(c)};
        case FailureCause::task:
            break;
    }
    if (failure.kind != ErrorKind::unfit) return {by_kind(c, failure.kind)};
    const WorkerUnfit unfit{at.now, task.lease->worker, task.spec.model_digest, c.why};
    return {unfit, by_kind(c, failure.kind)};
}

std::string at_the_limit(const Farm& farm,
                         TaskKey key,
                         std::string_view why,
                         std::string_view limit) {
    const std::string& name = find_task(farm, key)->spec.name;
    return fmt::format("{}; limit reached: {}; `nightreel retry {}.{}` tries again",
                       why,
                       limit,
                       key.job.value,
                       name.substr(0, name.find('.')));
}

std::optional<Event> after_stuck_publishing(const Situation& at, TaskKey key, AbleWorkers& able) {
    const Task& task = *find_task(at.farm, key);
    const Lease& lease = *task.lease;
    const Millis waited = at.now - lease.accepted_at.value_or(at.now);
    if (waited < at.policy.publishing_limit) return {};
    const Case c{at,
                 key,
                 task,
                 fmt::format("worker {} did not publish the finished result{}{}",
                             lease.worker.name,
                             task.error.empty() ? "" : ": ",
                             task.error)};
    if (able.another_could_take(task, lease.worker)) return back_off(c, ErrorKind::unavailable);
    if (waited < at.policy.unavailable_limit) return {};
    return fail_at(c,
                   ErrorKind::unavailable,
                   fmt::format("waited {} (unavailable_limit)", hours_text(waited)));
}

Event give_up(const Situation& at, TaskKey key, Millis waited, const std::string& why) {
    TaskGivenUp event;
    event.at = at.now;
    event.task = key;
    event.kind = ErrorKind::unfit;
    event.why = at_the_limit(
        at.farm, key, why, fmt::format("waited {} (unavailable_limit)", hours_text(waited)));
    return event;
}

Event after_loss(const Situation& at, TaskKey key, const std::string& why) {
    return lose({at, key, *find_task(at.farm, key), why});
}

Event after_stop(const Situation& at, TaskKey key, const std::string& why) {
    return lose_stopped({at, key, *find_task(at.farm, key), why});
}

std::optional<Event> judge_worker(const Situation& at,
                                  const WorkerId& worker,
                                  const Event& ending,
                                  TaskKey key) {
    if (!blames_worker(ending)) return {};
    const Worker& record = at.farm.workers.at(worker);
    std::set<TaskKey> tasks(record.failures_in_a_row.begin(), record.failures_in_a_row.end());
    if (!others_failed_alike(at.farm, worker, key)) tasks.insert(key);
    std::set<JobId> jobs;
    for (const TaskKey& task : tasks) jobs.insert(task.job);
    const FarmPolicy& policy = at.policy;
    const bool many_jobs =
        tasks.size() >= policy.failures_in_a_row_max && jobs.size() >= policy.failed_jobs_min;
    const bool too_many = many_jobs || tasks.size() >= policy.failed_tasks_max;
    // Alone it is better than nobody: its tasks have limits of their own.
    if (!too_many || is_set_aside(record, at.now) || !another_works(at, worker)) return {};
    return WorkerSetAside{
        at.now,
        worker,
        at.now + policy.set_aside,
        fmt::format("{} consecutive tasks of {} jobs failed", tasks.size(), jobs.size())};
}

}  // namespace nightreel
