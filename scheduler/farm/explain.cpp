// Why a task waits, in words: the same rules as placement, told instead of applied.

#include <algorithm>

#include <fmt/format.h>

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

std::string explain_workers(const Farm& farm,
                            const FarmPolicy& policy,
                            const Task& task,
                            Millis now) {
    std::size_t live = 0;
    std::size_t set_aside = 0;
    std::size_t large_enough = 0;
    std::uint64_t largest = 0;
    std::size_t off = 0;
    std::size_t unable = 0;
    std::string unable_example;
    for (const auto& [id, worker] : farm.workers) {
        if (!is_live(policy, worker, now)) continue;
        ++live;
        largest = std::max(largest, worker.memory_bytes);
        if (is_set_aside(worker, now)) ++set_aside;
        if (is_large_enough(task, worker.memory_bytes)) ++large_enough;
        if (worker.mode != WorkerMode::online) ++off;
        std::string why = why_not_there(worker, task.spec);
        if (why.empty()) continue;
        ++unable;
        unable_example = fmt::format("{}: {}", id.name, why);
    }
    if (live == 0) return "no worker is connected";
    if (off == live) return "no worker is online; see `nightreel list --workers`";
    if (unable == live) {
        return fmt::format("no connected worker can run this task ({})", unable_example);
    }
    if (large_enough == 0) {
        const bool was_too_small = task.troubles.oom_lean_memory_bytes >= task.spec.memory_bytes;
        return fmt::format(
            "no worker has enough memory: the task requires {} {}, the largest worker has {}; "
            "connect a worker with more memory, or use a smaller picture size or shorter segments",
            was_too_small ? "more than" : "at least",
            memory_text(was_too_small ? task.troubles.oom_lean_memory_bytes
                                      : task.spec.memory_bytes),
            memory_text(largest));
    }
    if (set_aside == live)
        return "all workers are suspended after repeated failures; see `nightreel list --workers`";
    if (!task.troubles.failed_on.empty())
        return "waiting for a worker on which this task has not failed yet";
    return "all suitable workers are busy";
}

}  // namespace

std::string explain_wait(const Farm& farm, const FarmPolicy& policy, TaskKey key, Millis now) {
    const Task* task = find_task(farm, key);
    if (task == nullptr) return "no such task";
    if (task->state != TaskState::waiting) {
        return fmt::format("the task is not waiting: it is {}", word_of(task->state));
    }
    const Job& job = farm.jobs.at(key.job);
    if (task->needs_missing > 0) return explain_missing_need(job, *task);
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
    return explain_workers(farm, policy, *task, now);
}

}  // namespace nightreel
