#include "scheduler/server/job_outlook.h"

#include <algorithm>

namespace nightreel {
namespace {

constexpr Millis pace_window{30 * 60 * 1000};
constexpr double pace_seconds_min = 1;  // of work that was watched

bool was_worked_on(const Task& task) {
    return task.state == TaskState::done && !task.cached;
}

// From when on the pace is measured: the end of the first task that was done in the window; of the
// first at all, when the window has fewer than two ends.
std::optional<Millis> pace_begin(const Job& job, Millis now) {
    std::optional<Millis> first;
    std::optional<Millis> first_in_window;
    int in_window = 0;
    for (const Task& task : job.tasks) {
        if (!was_worked_on(task)) continue;
        first = std::min(first.value_or(task.ended_at), task.ended_at);
        if (now - task.ended_at > pace_window) continue;
        ++in_window;
        first_in_window = std::min(first_in_window.value_or(task.ended_at), task.ended_at);
    }
    return in_window >= 2 ? first_in_window : first;
}

}  // namespace

std::optional<double> seconds_left(const FarmView& view, JobId id, const Job& job) {
    if (job.finished || job.count(TaskState::leased) + job.count(TaskState::publishing) == 0) {
        return {};
    }
    const std::optional<Millis> begin = pace_begin(job, view.now);
    if (!begin) return {};
    double done = 0;
    double left = 0;
    for (std::size_t i = 0; i < job.tasks.size(); ++i) {
        const Task& task = job.tasks[i];
        if (was_worked_on(task) && task.ended_at > *begin) done += task.spec.cost_seconds;
        if (task.state == TaskState::waiting) left += task.spec.cost_seconds;
        if (!task.lease) continue;
        const auto said =
            view.progress.find({{id, static_cast<TaskIndex>(i)}, task.lease->attempt});
        const double fraction = said == view.progress.end() ? 0 : said->second.fraction;
        done += fraction * task.spec.cost_seconds;
        left += (1 - fraction) * task.spec.cost_seconds;
    }
    const double seconds = std::chrono::duration<double>(view.now - *begin).count();
    if (done <= 0 || seconds < pace_seconds_min) return {};
    return left * seconds / done;
}

std::vector<std::optional<TaskIndex>> blocking_tasks(const Job& job) {
    std::vector<std::optional<TaskIndex>> blocking;
    if (job.count(TaskState::failed) + job.count(TaskState::cancelled) == 0) return blocking;
    blocking.resize(job.tasks.size());
    for (std::size_t i = 0; i < job.tasks.size(); ++i) {
        const Task& task = job.tasks[i];
        if (task.state != TaskState::waiting) continue;
        for (const TaskIndex need : task.spec.needs) {  // all of them come before it
            const TaskState state = job.tasks[need].state;
            const bool ended = state == TaskState::failed || state == TaskState::cancelled;
            if (ended) blocking[i] = need;
            if (!ended && blocking[need]) blocking[i] = blocking[need];
            if (blocking[i]) break;
        }
    }
    return blocking;
}

}  // namespace nightreel
