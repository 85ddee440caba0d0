// What people wish for their jobs.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scheduler/farm/decisions.h"

namespace nightreel {
namespace {

Decision refuse(std::string text) {
    return {{}, Refused{ErrorKind::bad_input, std::move(text)}};
}

Decision refuse_unknown_job(JobId id) {
    return refuse(fmt::format("no job {}; `nightreel list` shows all jobs", id.value));
}

const Job* find_job(const Farm& farm, JobId id) {
    const auto found = farm.jobs.find(id);
    return found == farm.jobs.end() ? nullptr : &found->second;
}

// "" selects all, "sh0010.take01" what stands under it.
bool selects(std::string_view path, std::string_view name) {
    if (path.empty() || name == path) return true;
    return name.size() > path.size() && name.starts_with(path) && name[path.size()] == '.';
}

std::vector<TaskIndex> selected(const Job& job, std::string_view path) {
    std::vector<TaskIndex> indices;
    for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
        if (selects(path, job.tasks[i].spec.name)) indices.push_back(i);
    }
    return indices;
}

bool is_settled(const Task& task) {
    return task.state == TaskState::done || task.state == TaskState::failed ||
           task.state == TaskState::cancelled;
}

std::string complaint_about(const SubmitJob& command, const FarmPolicy& policy) {
    if (command.submission.empty()) return "the job has no submission key";
    if (command.tasks.empty()) return "the job has no tasks";
    if (command.tasks.size() > policy.tasks_per_job_max) {
        return fmt::format("the job has {} tasks, the limit is {}; split the night file",
                           command.tasks.size(),
                           policy.tasks_per_job_max);
    }
    const auto too_long = [&](std::string_view text) {
        return text.size() > policy.text_bytes_max;
    };
    if (too_long(command.submission) || too_long(command.name) || too_long(command.submitter)) {
        return fmt::format("a name of the job is longer than {} bytes", policy.text_bytes_max);
    }
    std::set<std::string_view> names;
    for (TaskIndex i = 0; i < command.tasks.size(); ++i) {
        const TaskSpec& task = command.tasks[i];
        if (task.name.empty() || too_long(task.name))
            return fmt::format("task {}: invalid name", i);
        if (!names.insert(task.name).second)
            return fmt::format("two tasks are named {}", task.name);
        if (task.digest.empty()) return fmt::format("task {}: missing digest", task.name);
        std::set<TaskIndex> needs;
        for (const TaskIndex need : task.needs) {
            if (need >= i) return fmt::format("task {}: depends on a later task", task.name);
            if (!needs.insert(need).second)
                return fmt::format("task {}: lists a dependency twice", task.name);
        }
    }
    return {};
}

// The tasks, and all that was made from them or is being made.
std::vector<TaskIndex> with_what_followed(const Job& job, const std::vector<TaskIndex>& first) {
    std::set<TaskIndex> all(first.begin(), first.end());
    std::vector<TaskIndex> open = first;
    while (!open.empty()) {
        const TaskIndex index = open.back();
        open.pop_back();
        for (const TaskIndex next : job.tasks[index].dependants) {
            if (job.tasks[next].state == TaskState::waiting) continue;
            if (all.insert(next).second) open.push_back(next);
        }
    }
    return {all.begin(), all.end()};
}

}  // namespace

Decision decide_on(const Situation& at, const SubmitJob& command) {
    const auto known = at.farm.submissions.find(command.submission);
    if (known != at.farm.submissions.end()) return {{}, JobAccepted{known->second, true}};
    std::string complaint = complaint_about(command, at.policy);
    if (!complaint.empty()) return refuse(std::move(complaint));
    if (at.farm.jobs.size() >= at.policy.jobs_max) {
        return {{},
                Refused{ErrorKind::unavailable,
                        fmt::format("the farm has reached its limit of {} jobs (jobs_max); cancel "
                                    "finished or unneeded jobs",
                                    at.farm.jobs.size())}};
    }
    JobSubmitted event;
    event.at = at.now;
    event.job = JobId{at.farm.last_job.value + 1};
    event.submission = command.submission;
    event.title = command.name;
    event.submitter = command.submitter;
    event.priority = command.priority;
    event.tasks = command.tasks;
    const JobAccepted answer{event.job, false};
    return {{std::move(event)}, answer};
}

Decision decide_on(const Situation& at, const CancelTasks& command) {
    const auto& [id, path] = command.selection;
    const Job* job = find_job(at.farm, id);
    if (job == nullptr) return refuse_unknown_job(id);
    std::vector<TaskIndex> tasks = selected(*job, path);
    if (tasks.empty()) {
        return refuse(fmt::format("job {} has no shot, take or task {}", id.value, path));
    }
    std::erase_if(tasks, [&](TaskIndex index) { return is_settled(job->tasks[index]); });
    const Changed answer{tasks.size()};
    if (tasks.empty()) return {{}, answer};
    return {{TasksCancelled{at.now, id, std::move(tasks)}}, answer};
}

Decision decide_on(const Situation& at, const RetryTasks& command) {
    const auto& [id, path] = command.selection;
    const Job* job = find_job(at.farm, id);
    if (job == nullptr) return refuse_unknown_job(id);
    std::vector<TaskIndex> tasks = selected(*job, path);
    if (tasks.empty()) {
        return refuse(fmt::format("job {} has no shot, take or task {}", id.value, path));
    }
    const bool everything = command.scope == RetryScope::everything;
    std::erase_if(tasks, [&](TaskIndex index) {
        const Task& task = job->tasks[index];
        return !is_settled(task) || (task.state == TaskState::done && !everything);
    });
    if (everything) tasks = with_what_followed(*job, tasks);
    const Changed answer{tasks.size()};
    if (tasks.empty()) return {{}, answer};
    return {{TasksRetried{at.now, id, std::move(tasks), everything}}, answer};
}

Decision decide_on(const Situation& at, const PauseJob& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (job->paused || job->finished) return {{}, Changed{0}};
    return {{JobPaused{at.now, command.job}}, Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const ResumeJob& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (!job->paused) return {{}, Changed{0}};
    return {{JobResumed{at.now, command.job}}, Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const SetPriority& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (job->priority == command.priority) return {{}, Changed{0}};
    return {{JobPrioritised{at.now, command.job, command.priority}}, Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const RestoreWorker& command) {
    const auto found = at.farm.workers.find(command.worker);
    if (found == at.farm.workers.end()) {
        return refuse(fmt::format("no worker {}; `nightreel list --workers` shows all workers",
                                  command.worker.name));
    }
    if (!found->second.set_aside_until) return {{}, Changed{0}};
    return {{WorkerRestored{at.now, command.worker}}, Changed{1}};
}

}  // namespace nightreel
