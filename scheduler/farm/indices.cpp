#include "scheduler/farm/indices.h"

namespace nightreel {
namespace {

std::uint32_t& count_of(Job& job, TaskState state) {
    return job.counts[static_cast<std::size_t>(state)];
}

bool in_work(const Task& task) {
    return task.state == TaskState::leased || task.state == TaskState::publishing;
}

bool is_ready(const Task& task) {
    return task.state == TaskState::waiting && task.needs_missing == 0;
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

void tell_dependants(Farm& farm, TaskKey key, bool done) {
    Job& job = farm.jobs.at(key.job);
    for (const TaskIndex index : job.tasks[key.index].dependants) {
        const TaskKey dependant{key.job, index};
        remove_from_indices(farm, dependant);
        std::uint32_t& missing = job.tasks[index].needs_missing;
        missing = done ? missing - 1 : missing + 1;
        if (missing == 0) job.tasks[index].ready_at = farm.latest;
        add_to_indices(farm, dependant);
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
        for (Task& task : job.tasks) task.dependants.clear();
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            Task& task = job.tasks[i];
            task.needs_missing = 0;
            for (const TaskIndex need : task.spec.needs) {
                job.tasks.at(need).dependants.push_back(i);
                if (job.tasks[need].state != TaskState::done) ++task.needs_missing;
            }
            add_to_indices(farm, {id, i});
        }
        refresh_job(farm, id);
    }
}

}  // namespace nightreel
