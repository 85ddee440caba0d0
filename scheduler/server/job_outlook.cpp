#include "scheduler/server/job_outlook.h"

#include <iterator>
#include <limits>

namespace nightreel {
namespace {

constexpr Millis pace_window{30 * 60 * 1000};
constexpr double pace_seconds_min = 1;  // of work that was watched

// From when on the pace is measured: the end of the first task that was done in the window; of the
// first at all, when the window has fewer than two ends.
std::optional<Millis> pace_begin(const WorkDone& work, Millis now) {
    if (work.ends.empty()) return {};
    const auto first = work.ends.lower_bound({now - pace_window, 0});
    const bool has_two = first != work.ends.end() && std::next(first) != work.ends.end();
    return has_two ? first->first : work.ends.begin()->first;
}

// Of the tasks that ended later.
double seconds_since(const WorkDone& work, const Job& job, Millis begin) {
    const std::int64_t slot = begin / WorkDone::slot;
    double seconds = 0;
    for (auto it = work.slots.upper_bound(slot); it != work.slots.end(); ++it) {
        seconds += it->second.seconds;
    }
    auto end = work.ends.upper_bound({begin, std::numeric_limits<TaskIndex>::max()});
    for (; end != work.ends.end() && end->first / WorkDone::slot == slot; ++end) {
        seconds += job.tasks[end->second].spec.cost_seconds;
    }
    return seconds;
}

}  // namespace

std::optional<double> seconds_left(const FarmView& view, JobId id, const Job& job) {
    const JobTally& tally = view.tallies.of(id);
    if (job.finished || tally.running.empty()) return {};
    const std::optional<Millis> begin = pace_begin(tally.work, view.now);
    if (!begin) return {};
    double done = seconds_since(tally.work, job, *begin);
    double left = tally.seconds_waiting;
    for (const TaskIndex index : tally.running) {
        const Task& task = job.tasks[index];
        if (!task.lease) continue;
        const auto said = view.progress.find({{id, index}, task.lease->attempt});
        const double fraction = said == view.progress.end() ? 0 : said->second.fraction;
        done += fraction * task.spec.cost_seconds;
        left += (1 - fraction) * task.spec.cost_seconds;
    }
    const double seconds = std::chrono::duration<double>(view.now - *begin).count();
    if (done <= 0 || seconds < pace_seconds_min) return {};
    return left * seconds / done;
}

}  // namespace nightreel
