#include "scheduler/farm/retry_policy.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

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

Event fail(const Case& c, ErrorKind kind, std::string_view limit = {}) {
    TaskFailed event;
    event.at = c.at.now;
    event.task = c.key;
    event.attempt = c.task.lease->attempt;
    event.kind = kind;
    event.why = limit.empty() ? c.why : fmt::format("{} ({})", c.why, limit);
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

Event lose(const Case& c) {
    const int losses = c.task.troubles.losses + 1;
    if (losses < c.at.policy.losses_max) return give_back(c, ReturnReason::lost);
    return fail(c, ErrorKind::crash, fmt::format("limit reached: lost {} times", losses));
}

// Not the task's doing, so it takes a limit that no bad night reaches.
Event lose_to_farm(const Case& c, ReturnReason reason, int times) {
    if (times < c.at.policy.farm_losses_max) return give_back(c, reason);
    return fail(
        c, ErrorKind::crash, fmt::format("limit reached: {} {} times", word_of(reason), times));
}

Event try_elsewhere(const Case& c, ErrorKind kind) {
    const int attempts = c.task.troubles.attempts + 1;
    if (attempts < c.at.policy.attempts_max) return give_back(c, ReturnReason::crashed);
    return fail(c, kind, fmt::format("limit reached: {} attempts", attempts));
}

Event back_off(const Case& c, ErrorKind kind) {
    const FarmPolicy& policy = c.at.policy;
    const Troubles& troubles = c.task.troubles;
    const Millis waited = c.at.now - troubles.unavailable_since.value_or(c.at.now);
    if (waited >= policy.unavailable_limit) {
        return fail(c, kind, fmt::format("limit reached: retried for {} s", waited.count() / 1000));
    }
    Millis wait = policy.unavailable_wait_min;
    for (int i = 0; i < troubles.unavailable && wait < policy.unavailable_wait_max; ++i) wait *= 2;
    TaskReturned event = give_back(c, ReturnReason::unavailable);
    event.not_before = c.at.now + std::min(wait, policy.unavailable_wait_max);
    return event;
}

// Another worker tries; this one is remembered as unfit by whoever calls.
Event leave_to_others(const Case& c) {
    const Millis waited = c.at.now - c.task.troubles.unavailable_since.value_or(c.at.now);
    if (waited < c.at.policy.unavailable_limit) return give_back(c, ReturnReason::unfit);
    return fail(
        c, ErrorKind::unfit, fmt::format("limit reached: retried for {} s", waited.count() / 1000));
}

Event want_more_memory(const Case& c) {
    const auto& workers = c.at.farm.workers;
    const std::uint64_t had = workers.at(c.task.lease->worker).memory_bytes;
    const int ooms = c.task.troubles.ooms + 1;
    if (ooms >= c.at.policy.oom_max) {
        return fail(c, ErrorKind::out_of_memory, fmt::format("limit reached: {} times", ooms));
    }
    const bool larger_known = std::any_of(workers.begin(), workers.end(), [had](const auto& entry) {
        return entry.second.memory_bytes > had;
    });
    if (c.task.lease->lean && !larger_known) {
        return fail(c,
                    ErrorKind::out_of_memory,
                    fmt::format("with the plan that needs least memory; no worker has more than {}",
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
        return {fail(
            c, ErrorKind::corrupt, fmt::format("limit reached: inputs lost {} times", losses))};
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
    const Troubles& troubles = task.troubles;
    switch (failure.cause) {
        case FailureCause::killed:
            return {lose_to_farm(c, ReturnReason::killed, troubles.killed + 1)};
        case FailureCause::stopped:
            return {lose_to_farm(c, ReturnReason::stopped, troubles.stopped + 1)};
        case FailureCause::task:
            break;
    }
    if (failure.kind != ErrorKind::unfit) return {by_kind(c, failure.kind)};
    const WorkerUnfit unfit{at.now, task.lease->worker, task.spec.model_digest, c.why};
    return {unfit, by_kind(c, failure.kind)};
}

Event after_loss(const Situation& at, TaskKey key, const std::string& why) {
    return lose({at, key, *find_task(at.farm, key), why});
}

std::optional<Event> judge_worker(const Situation& at,
                                  const WorkerId& worker,
                                  const Event& ending,
                                  TaskKey key) {
    if (!blames_worker(ending)) return {};
    const Worker& record = at.farm.workers.at(worker);
    std::set<TaskKey> tasks(record.failures_in_a_row.begin(), record.failures_in_a_row.end());
    tasks.insert(key);
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
