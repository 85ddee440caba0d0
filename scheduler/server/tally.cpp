#include "scheduler/server/tally.h"

namespace nightreel {
namespace {

bool runs(TaskState state) {
    return state == TaskState::leased || state == TaskState::publishing;
}

bool is_whole(const ShotTally& shot) {
    return shot.done == shot.total;
}

ShotTally& tally_of_shot(JobTally& tally, std::string_view task) {
    const std::string_view shot = shot_of(task);
    const auto found = tally.shots.find(shot);
    if (found != tally.shots.end()) return found->second;
    return tally.shots[std::string(shot)];
}

// Takes the task out of the counts as it is counted (`sign` -1), or adds it as it is now (1).
void add(JobTally& tally, ShotTally& shot, TaskIndex index, const Task& task, int sign) {
    const TaskState state = sign < 0 ? tally.counted[index] : task.state;
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
    ShotTally& shot = tally_of_shot(tally, task.spec.name);
    tally.shots_done -= is_whole(shot) ? 1U : 0U;
    add(tally, shot, index, task, -1);
    add(tally, shot, index, task, 1);
    tally.counted[index] = task.state;
    tally.shots_done += is_whole(shot) ? 1U : 0U;
}

JobTally count(const Job& job) {
    JobTally tally;
    for (const Task& task : job.tasks) {
        tally.counted.push_back(task.state);
        tally.seconds += task.spec.cost_seconds;
        ShotTally& shot = tally_of_shot(tally, task.spec.name);
        ++shot.total;
        add(tally, shot, static_cast<TaskIndex>(tally.counted.size() - 1), task, 1);
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
    for (const TaskKey& key : tasks_changed_by(event)) {
        const Task* task = find_task(farm, key);
        if (task != nullptr) count_again(jobs_.at(key.job), key.index, *task);
    }
}

}  // namespace nightreel
