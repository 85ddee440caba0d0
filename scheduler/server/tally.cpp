#include "scheduler/server/tally.h"

namespace nightreel {
namespace {

bool runs(TaskState state) {
    return state == TaskState::leased || state == TaskState::publishing;
}

bool is_whole(const ShotTally& shot) {
    return shot.done == shot.total;
}

// Dailies are of no shot: what they count as is thrown away.
ShotTally& tally_of_shot(JobTally& tally, const TaskSpec& task, ShotTally& of_no_shot) {
    if (task.kind == TaskKind::dailies) return of_no_shot;
    const std::string_view shot = shot_of(task.name);
    const auto found = tally.shots.find(shot);
    if (found != tally.shots.end()) return found->second;
    return tally.shots[std::string(shot)];
}

bool is_ended(TaskState state) {
    return state == TaskState::failed || state == TaskState::cancelled;
}

CountedTask as_it_is(const Task& task) {
    const bool worked = task.state == TaskState::done && !task.cached;
    return {task.state, worked ? std::optional(task.ended_at) : std::nullopt};
}

void add_work(WorkDone& work, Millis end, TaskIndex index, double seconds, int sign) {
    const std::int64_t key = end / WorkDone::slot;
    WorkDone::Slot& slot = work.slots[key];
    slot.tasks += static_cast<std::uint32_t>(sign);
    slot.seconds += sign * seconds;
    if (slot.tasks == 0) work.slots.erase(key);
    sign < 0 ? static_cast<void>(work.ends.erase({end, index}))
             : static_cast<void>(work.ends.insert({end, index}));
}

// Takes the task out of the counts as it is counted (`sign` -1), or adds it so (1).
void add(JobTally& tally, ShotTally& shot, TaskIndex index, const Task& task, int sign) {
    const auto& [state, worked_until] = tally.counted[index];
    if (worked_until) {
        add_work(tally.work, *worked_until, index, task.spec.cost_seconds, sign);
    }
    if (state == TaskState::waiting) tally.seconds_waiting += sign * task.spec.cost_seconds;
    const auto step = static_cast<std::uint32_t>(sign);  // wraps, as intended
    if (state == TaskState::done) {
        shot.done += step;
        tally.seconds_done += sign * task.spec.cost_seconds;
    }
    if (state == TaskState::failed) {
        shot.failed += step;
        sign < 0 ? static_cast<void>(tally.failed.erase(index))
                 : static_cast<void>(tally.failed.insert(index));
    }
    if (runs(state)) {
        shot.running += step;
        sign < 0 ? static_cast<void>(tally.running.erase(index))
                 : static_cast<void>(tally.running.insert(index));
    }
}

void count_again(JobTally& tally, TaskIndex index, const Task& task) {
    ShotTally of_no_shot;
    ShotTally& shot = tally_of_shot(tally, task.spec, of_no_shot);
    const bool counts = &shot != &of_no_shot;
    tally.shots_done -= counts && is_whole(shot) ? 1U : 0U;
    add(tally, shot, index, task, -1);
    tally.counted[index] = as_it_is(task);
    add(tally, shot, index, task, 1);
    tally.shots_done += counts && is_whole(shot) ? 1U : 0U;
}

// The task that failed or was cancelled for which this one waits. What it needs comes before it.
std::optional<TaskIndex> blocking_of(const JobTally& tally, const Job& job, TaskIndex index) {
    const Task& task = job.tasks[index];
    if (task.state != TaskState::waiting) return {};
    for (const TaskIndex need : task.spec.needs) {
        if (is_ended(job.tasks[need].state)) return need;
        const auto through = tally.blocked.find(need);
        if (through != tally.blocked.end()) return through->second;
    }
    return {};
}

// False when nothing changed.
bool block(JobTally& tally, TaskIndex index, std::optional<TaskIndex> blocking) {
    const auto found = tally.blocked.find(index);
    if (!blocking) return found != tally.blocked.end() && tally.blocked.erase(index) > 0;
    if (found != tally.blocked.end() && found->second == *blocking) return false;
    tally.blocked[index] = *blocking;
    return true;
}

// Looks at these tasks again, and at those that need them as far as it matters.
void block_again(JobTally& tally, const Job& job, std::set<TaskIndex> tasks) {
    while (!tasks.empty()) {
        const TaskIndex index = *tasks.begin();
        tasks.erase(tasks.begin());
        if (!block(tally, index, blocking_of(tally, job, index))) continue;
        const std::vector<TaskIndex>& dependants = job.tasks[index].dependants;
        tasks.insert(dependants.begin(), dependants.end());
    }
}

bool nothing_ended(const JobTally& tally, const Job& job) {
    return tally.blocked.empty() &&
           job.count(TaskState::failed) + job.count(TaskState::cancelled) == 0;
}

JobTally count(const Job& job) {
    JobTally tally;
    const bool is_blocked = !nothing_ended(tally, job);
    ShotTally of_no_shot;
    for (const Task& task : job.tasks) {
        const auto index = static_cast<TaskIndex>(tally.counted.size());
        tally.counted.push_back(as_it_is(task));
        tally.seconds += task.spec.cost_seconds;
        ShotTally& shot = tally_of_shot(tally, task.spec, of_no_shot);
        ++shot.total;
        add(tally, shot, index, task, 1);
        if (is_blocked) block(tally, index, blocking_of(tally, job, index));
    }
    for (const auto& [name, shot] : tally.shots) tally.shots_done += is_whole(shot) ? 1U : 0U;
    return tally;
}

}  // namespace

std::string_view shot_of(std::string_view task) {
    return task.substr(0, task.find('.'));
}

std::vector<TaskKey> tasks_changed_by(const Event& event) {
    return std::visit(
        [](const auto& fact) -> std::vector<TaskKey> {
            if constexpr (requires { fact.tasks.at(0) + TaskIndex{0}; }) {
                std::vector<TaskKey> keys;
                for (const TaskIndex index : fact.tasks) keys.push_back({fact.job, index});
                return keys;
            } else if constexpr (requires { fact.task.index; }) {
                return {fact.task};
            } else {
                return {};
            }
        },
        event);
}

void TallyBook::count_all(const Farm& farm) {
    jobs_.clear();
    for (const auto& [id, job] : farm.jobs) jobs_.emplace(id, count(job));
}

void TallyBook::note(const Farm& farm, const Event& event) {
    const auto begin = [&](JobId id) { jobs_.insert_or_assign(id, count(farm.jobs.at(id))); };
    if (const auto* submitted = std::get_if<JobSubmitted>(&event)) begin(submitted->job);
    if (const auto* arrived = std::get_if<JobArrived>(&event)) begin(arrived->job);
    if (const auto* forgotten = std::get_if<JobForgotten>(&event)) jobs_.erase(forgotten->job);
    std::map<JobId, std::set<TaskIndex>> changed;  // in whom others may wait in vain
    for (const TaskKey& key : tasks_changed_by(event)) {
        const Task* task = find_task(farm, key);
        if (task == nullptr) continue;
        JobTally& tally = jobs_.at(key.job);
        const Job& job = farm.jobs.at(key.job);
        const TaskState before = tally.counted[key.index].state;
        count_again(tally, key.index, *task);
        // What stands after others may have begun again with them.
        for (const TaskIndex index : job.after_others) count_again(tally, index, job.tasks[index]);
        if (before == task->state || nothing_ended(tally, job)) continue;
        changed[key.job].insert(key.index);
        if (is_ended(before) == is_ended(task->state)) continue;
        changed[key.job].insert(task->dependants.begin(), task->dependants.end());
    }
    for (auto& [id, tasks] : changed) {
        block_again(jobs_.at(id), farm.jobs.at(id), std::move(tasks));
    }
}

}  // namespace nightreel
