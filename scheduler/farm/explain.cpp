// Why a task waits, in words: the same rules as placement, told instead of applied.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/indices.h"
#include "scheduler/farm/placement.h"
#include "shotspec/base/bytes_text.h"

namespace nightreel {
namespace {

std::string memory_text(std::uint64_t bytes) {
    return bytes_text(static_cast<std::int64_t>(bytes)) + " of memory";
}

double seconds(Millis time) {
    return static_cast<double>(time.count()) / 1000.0;
}

std::string explain_missing_need(const Job& job, const Task& task) {
    for (const TaskIndex index : task.spec.needs) {
        const Task& need = job.tasks[index];
        if (need.state == TaskState::failed || need.state == TaskState::cancelled) {
            return fmt::format("blocked: depends on {}, which {}{}{}",
                               need.spec.name,
                               need.state == TaskState::failed ? "failed" : "was cancelled",
                               need.error.empty() ? "" : ": ",
                               need.error);
        }
    }
    for (const TaskIndex index : task.spec.needs) {
        const Task& need = job.tasks[index];
        if (need.state == TaskState::done) continue;
        return fmt::format("depends on {}, which is {}", need.spec.name, word_of(need.state));
    }
    return "depends on a task that is not done";
}

std::string explain_open_tasks(const Job& job, const Task& task) {
    for (const TaskIndex index : task.spec.after) {
        const Task& before = job.tasks[index];
        if (fate_of(before) != Fate::open) continue;
        const std::string more =
            task.after_open > 1 ? fmt::format(" and {} more", task.after_open - 1) : "";
        return fmt::format("starts when {}{} have ended; {} is {}",
                           before.spec.name,
                           more,
                           before.spec.name,
                           word_of(before.state));
    }
    return "starts when other tasks have ended";
}

// How the live workers stand towards one task.
struct Crowd {
    std::size_t live = 0;
    std::size_t off = 0;     // not online
    std::size_t unable = 0;  // lack the model, the device class, or anything else they said
    std::string unable_example;
    std::size_t too_small = 0;
    std::uint64_t largest = 0;
    // Of those that could run it:
    std::size_t able = 0;
    std::size_t set_aside = 0;
    std::size_t failed_on = 0;
    std::size_t busy = 0;
};

Crowd crowd_around(const Farm& farm, const FarmPolicy& policy, const Task& task, Millis now) {
    Crowd crowd;
    const auto& failed_on = task.troubles.failed_on;
    for (const auto& [id, worker] : farm.workers) {
        if (!is_live(policy, worker, now)) continue;
        ++crowd.live;
        if (worker.mode != WorkerMode::online) ++crowd.off;
        if (!can_render(worker, task.spec.model_digest, task.spec.device_class)) {
            ++crowd.unable;
            if (crowd.unable_example.empty()) {
                crowd.unable_example =
                    fmt::format("{}: {}", id.name, why_not_there(worker, task.spec));
            }
            continue;
        }
        crowd.largest = std::max(crowd.largest, worker.memory_bytes);
        if (!is_large_enough(task, worker.memory_bytes)) {
            ++crowd.too_small;
            continue;
        }
        if (worker.mode != WorkerMode::online) continue;
        ++crowd.able;
        if (is_set_aside(worker, now)) {
            ++crowd.set_aside;
        } else if (std::find(failed_on.begin(), failed_on.end(), id) != failed_on.end()) {
            ++crowd.failed_on;
        } else if (!worker.holds.empty()) {
            ++crowd.busy;
        }
    }
    return crowd;
}

std::string explain_memory(const Task& task, const Crowd& crowd) {
    const bool was_too_small = task.troubles.oom_lean_memory_bytes >= task.spec.memory_bytes;
    return fmt::format(
        "no worker has enough memory: the task requires {} {}, the largest worker has {}; "
        "connect a worker with more memory, or use a smaller picture size or shorter segments",
        was_too_small ? "more than" : "at least",
        memory_text(was_too_small ? task.troubles.oom_lean_memory_bytes : task.spec.memory_bytes),
        memory_text(crowd.largest));
}

std::string explain_workers(const Farm& farm,
                            const FarmPolicy& policy,
                            const Task& task,
                            Millis now) {
    const Crowd crowd = crowd_around(farm, policy, task, now);
    if (crowd.live == 0) return "no worker is connected";
    if (crowd.unable == crowd.live) {
        return fmt::format("no connected worker can run this task ({})", crowd.unable_example);
    }
    if (crowd.off == crowd.live) return "no worker is online; see `nightreel list --workers`";
    if (crowd.unable + crowd.too_small == crowd.live) return explain_memory(task, crowd);
    if (crowd.able == 0) {
        return "the workers that can run this task are not online; see `nightreel list --workers`";
    }
    if (crowd.set_aside == crowd.able) {
        return "all suitable workers are suspended after repeated failures; see `nightreel list "
               "--workers`";
    }
    if (crowd.set_aside + crowd.failed_on == crowd.able) {
        return "it failed on all suitable workers and is tried again";
    }
    if (crowd.set_aside + crowd.failed_on + crowd.busy < crowd.able) {
        return "starts when the next suitable worker asks for work";
    }
    if (crowd.failed_on > 0) return "waiting for a worker on which this task has not failed yet";
    if (crowd.set_aside > 0) {
        return fmt::format(
            "{} of {} suitable workers are suspended after repeated failures, all "
            "others are busy",
            crowd.set_aside,
            crowd.able);
    }
    return "all suitable workers are busy";
}

// The workers that would take it next returned others like it, and wait.
std::string explain_refusals(const FarmPolicy& policy,
                             const Job& job,
                             const Task& task,
                             Millis now) {
    const auto found = job.refusals.find(task.spec.model);
    if (found == job.refusals.end()) return {};
    const Refusals& refusals = found->second;
    if (refusals.in_a_row < policy.refusals_max || now >= refusals.not_before) return {};
    const Task& last = job.tasks[refusals.last];
    return fmt::format("next attempt in {:.0f} s: the last {} tasks{} were returned ({}: {})",
                       seconds(refusals.not_before - now),
                       refusals.in_a_row,
                       task.spec.model.empty() ? "" : " with model " + task.spec.model,
                       last.spec.name,
                       last.error);
}

}  // namespace

std::string explain_wait(const Farm& farm, const FarmPolicy& policy, TaskKey key, Millis now) {
    const Task* task = find_task(farm, key);
    if (task == nullptr) return "no such task";
    if (task->state == TaskState::publishing && !task->error.empty()) {
        return fmt::format("the result is finished, but not yet published by worker {}: {}",
                           task->lease->worker.name,
                           task->error);
    }
    if (task->state != TaskState::waiting) {
        return fmt::format("the task is not waiting: it is {}", word_of(task->state));
    }
    const Job& job = farm.jobs.at(key.job);
    if (task->needs_missing > 0) return explain_missing_need(job, *task);
    if (task->after_open > 0) return explain_open_tasks(job, *task);
    if (job.paused) return "the job is paused";
    if (now < task->not_before) {
        return fmt::format(
            "next attempt in {:.0f} s: {}", seconds(task->not_before - now), task->error);
    }
    const auto maker = farm.in_work.find(task->spec.digest);
    if (maker != farm.in_work.end()) {
        return fmt::format("task {} of job {} is already making the same result",
                           maker->second.index,
                           maker->second.job.value);
    }
    std::string refused = explain_refusals(policy, job, *task, now);
    if (!refused.empty()) return refused;
    return explain_workers(farm, policy, *task, now);
}

}  // namespace nightreel
