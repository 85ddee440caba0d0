#include "scheduler/farm/indices.h"

#include "scheduler/farm/evolve_parts.h"

namespace nightreel {
namespace {

std::uint32_t& count_of(Job& job, TaskState state) {
    return job.counts[static_cast<std::size_t>(state)];
}

bool in_work(const Task& task) {
    return task.state == TaskState::leased || task.state == TaskState::publishing;
}

bool is_ready(const Task& task) {
    return task.state == TaskState::waiting && task.needs_missing == 0 && task.after_open == 0;
}

bool has_ended(Fate fate) {
    return fate != Fate::open;
}

// What others expected of a task, and now do.
struct Turn {
    TaskKey task;
    Fate was = Fate::open;
    Fate now = Fate::open;
};

// Changes one task that waits for another; what others expect of it may change with that.
template <class Change>
void count_with(Farm& farm, TaskKey key, std::vector<Turn>& turns, Change&& change) {
    Task& task = farm.jobs.at(key.job).tasks[key.index];
    const Fate before = fate_of(task);
    remove_from_indices(farm, key);
    std::forward<Change>(change)(task);
    if (task.needs_missing == 0 && task.after_open == 0) task.ready_at = farm.latest;
    add_to_indices(farm, key);
    if (fate_of(task) != before) turns.push_back({key, before, fate_of(task)});
}

void count_need(Task& task, Fate before, Fate now) {
    if (before == Fate::done) ++task.needs_missing;
    if (now == Fate::done) --task.needs_missing;
    if (before == Fate::dead) --task.needs_dead;
    if (now == Fate::dead) ++task.needs_dead;
}

// What it told, or was kept from telling, when all had ended is no longer so.
void count_after(Task& task, bool ended) {
    if (ended) {
        --task.after_open;
        return;
    }
    const bool all_had_ended = task.after_open == 0;
    ++task.after_open;
    if (all_had_ended && task.state != TaskState::waiting) evolving::begin_anew(task, false);
}

// A line without tasks is no line.
template <class Lines, class Entry>
void leave_line(Lines& lines, const ReadyLine& line, const Entry& entry) {
    const auto found = lines.find(line);
    if (found == lines.end()) return;
    found->second.erase(entry);
    if (found->second.empty()) lines.erase(found);
}

}  // namespace

ReadyLine line_of(const Task& task) {
    return {
        task.spec.model, task.spec.memory_bytes, task.spec.model_digest, task.spec.device_class};
}

void stand_in_line(Job& job, TaskIndex index) {
    const Task& task = job.tasks[index];
    if (!is_ready(task)) return;
    if (task.not_before == Millis(0)) {
        job.ready[line_of(task)].insert(index);
    } else {
        job.delayed[line_of(task)].insert({task.not_before, index});
    }
}

void add_to_indices(Farm& farm, TaskKey key) {
    Job& job = farm.jobs.at(key.job);
    const Task& task = job.tasks.at(key.index);
    ++count_of(job, task.state);
    if (in_work(task)) {
        farm.in_work.emplace(task.spec.digest, key);
        farm.workers.at(task.lease->worker).holds.insert({key, task.lease->attempt});
    }
    stand_in_line(job, key.index);
}

void remove_from_indices(Farm& farm, TaskKey key) {
    Job& job = farm.jobs.at(key.job);
    const Task& task = job.tasks.at(key.index);
    --count_of(job, task.state);
    if (in_work(task)) {
        const auto maker = farm.in_work.find(task.spec.digest);
        if (maker != farm.in_work.end() && maker->second == key) farm.in_work.erase(maker);
        farm.workers.at(task.lease->worker).holds.erase({key, task.lease->attempt});
    }
    if (!is_ready(task)) return;
    if (task.not_before == Millis(0)) {
        leave_line(job.ready, line_of(task), key.index);
    } else {
        leave_line(job.delayed, line_of(task), DueTask{task.not_before, key.index});
    }
}

Fate fate_of(const Task& task) {
    switch (task.state) {
        case TaskState::done:
            return Fate::done;
        case TaskState::failed:
        case TaskState::cancelled:
            return Fate::dead;
        case TaskState::waiting:
            return task.needs_dead > 0 ? Fate::dead : Fate::open;
        case TaskState::leased:
        case TaskState::publishing:
            return Fate::open;
    }
    return Fate::open;
}

void tell_others(Farm& farm, TaskKey key, Fate before) {
    const Job& job = farm.jobs.at(key.job);
    std::vector<Turn> turns;
    const Fate after = fate_of(job.tasks[key.index]);
    if (after != before) turns.push_back({key, before, after});
    while (!turns.empty()) {
        const Turn turn = turns.back();
        turns.pop_back();
        const Task& task = job.tasks[turn.task.index];
        for (const TaskIndex index : task.dependants) {
            count_with(farm, {key.job, index}, turns, [&](Task& dependant) {
                count_need(dependant, turn.was, turn.now);
            });
        }
        if (has_ended(turn.was) == has_ended(turn.now)) continue;
        for (const TaskIndex index : task.followers) {
            count_with(farm, {key.job, index}, turns, [&](Task& follower) {
                count_after(follower, has_ended(turn.now));
            });
        }
    }
}

void refresh_job(Farm& farm, JobId id) {
    const Job& job = farm.jobs.at(id);
    const bool has_ready = !job.ready.empty() || !job.delayed.empty();
    const bool has_running = job.count(TaskState::leased) + job.count(TaskState::publishing) > 0;
    const JobRank rank{job.priority, id};
    if (!has_ready || job.paused) {
        farm.queue.erase(rank);
    } else {
        farm.queue.insert(rank);
    }
    if (has_ready || has_running || job.finished) {
        farm.ended.erase(id);
    } else {
        farm.ended.insert(id);
    }
}

void connect(Job& job, TaskIndex index) {
    Task& task = job.tasks[index];
    task.needs_missing = task.needs_dead = task.after_open = 0;
    for (const TaskIndex need : task.spec.needs) {
        job.tasks.at(need).dependants.push_back(index);
        const Fate fate = fate_of(job.tasks[need]);
        task.needs_missing += fate == Fate::done ? 0U : 1U;
        task.needs_dead += fate == Fate::dead ? 1U : 0U;
    }
    if (!task.spec.after.empty()) job.after_others.push_back(index);
    for (const TaskIndex before : task.spec.after) {
        job.tasks.at(before).followers.push_back(index);
        task.after_open += has_ended(fate_of(job.tasks[before])) ? 0U : 1U;
    }
}

void rebuild_indices(Farm& farm) {
    farm.submissions.clear();
    farm.queue.clear();
    farm.ended.clear();
    farm.in_work.clear();
    for (auto& [id, worker] : farm.workers) worker.holds.clear();
    for (auto& [id, job] : farm.jobs) {
        farm.submissions[job.submission] = id;
        job.counts = {};
        job.ready.clear();
        job.delayed.clear();
        job.after_others.clear();
        for (Task& task : job.tasks) {
            task.dependants.clear();
            task.followers.clear();
        }
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            connect(job, i);
            add_to_indices(farm, {id, i});
        }
        refresh_job(farm, id);
    }
}

}  // namespace nightreel
