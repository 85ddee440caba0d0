// What people wish for their jobs.

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "scheduler/farm/decisions.h"
#include "scheduler/farm/retry_policy.h"
#include "scheduler/farm/submission_owner.h"

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

std::vector<TaskIndex> selected(const Job& job, std::string_view path) {
    std::vector<TaskIndex> indices;
    for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
        if (lies_below(job.tasks[i].spec.name, path)) indices.push_back(i);
    }
    return indices;
}

bool is_settled(const Task& task) {
    return task.state == TaskState::done || task.state == TaskState::failed ||
           task.state == TaskState::cancelled;
}

struct JobLimits {
    const FarmPolicy& policy;

    bool too_long(std::string_view text) const { return text.size() > policy.text_bytes_max; }
};

// What is wrong with a job's own words, or with how many tasks it is to have; empty: nothing.
template <class Submission>
std::string complaint_about_job(const Submission& command,
                                std::size_t tasks,
                                const FarmPolicy& policy) {
    const JobLimits limits{policy};
    if (command.submission.empty()) return "the job has no submission key";
    if (tasks == 0) return "the job has no tasks";
    if (tasks > policy.tasks_per_job_max) {
        return fmt::format("the job has {} tasks, the limit is {}; split the night file",
                           tasks,
                           policy.tasks_per_job_max);
    }
    if (limits.too_long(command.submission) || limits.too_long(command.name) ||
        limits.too_long(command.submitter)) {
        return fmt::format("a name of the job is longer than {} bytes", policy.text_bytes_max);
    }
    return {};
}

// Of one task that becomes number `index`.
std::string complaint_about_task(const TaskSpec& task, TaskIndex index, const FarmPolicy& policy) {
    if (task.name.empty() || JobLimits{policy}.too_long(task.name)) {
        return fmt::format("task {}: invalid name", index);
    }
    if (task.digest.empty()) return fmt::format("task {}: missing digest", task.name);
    for (std::vector<TaskIndex> others : {task.needs, task.after}) {
        std::sort(others.begin(), others.end());
        if (!others.empty() && others.back() >= index) {
            return fmt::format("task {}: depends on a later task", task.name);
        }
        if (std::adjacent_find(others.begin(), others.end()) != others.end()) {
            return fmt::format("task {}: lists a dependency twice", task.name);
        }
    }
    return {};
}

std::string complaint_about_names(const std::vector<TaskSpec>& tasks) {
    std::set<std::string_view> names;
    for (const TaskSpec& task : tasks) {
        if (!names.insert(task.name).second) {
            return fmt::format("two tasks are named {}", task.name);
        }
    }
    return {};
}

std::string complaint_about(const SubmitJob& command, const FarmPolicy& policy) {
    std::string complaint = complaint_about_job(command, command.tasks.size(), policy);
    if (!complaint.empty()) return complaint;
    for (TaskIndex i = 0; i < command.tasks.size(); ++i) {
        complaint = complaint_about_task(command.tasks[i], i, policy);
        if (!complaint.empty()) return complaint;
    }
    return complaint_about_names(command.tasks);
}

std::optional<Decision> refuse_more_jobs(const Situation& at) {
    const std::size_t jobs = at.farm.jobs.size() + at.farm.announced.size();
    if (jobs < at.policy.jobs_max) return {};
    return Decision{{},
                    Refused{ErrorKind::unavailable,
                            fmt::format("the farm has reached its limit of {} jobs (jobs_max): "
                                        "`nightreel delete JOB` removes jobs that have ended",
                                        at.policy.jobs_max)}};
}

Decision refuse_not_arriving(JobId id) {
    return refuse(fmt::format("job {} is not being submitted: submit again", id.value));
}

const AnnouncedJob* find_announced(const Farm& farm, JobId id) {
    const auto found = farm.announced.find(id);
    return found == farm.announced.end() ? nullptr : &found->second;
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

// What is answered to a submission that the farm knows: its job, to the submitter alone.
std::optional<Answer> known_job(const Situation& at,
                                const std::string& submission,
                                const std::string& submitter) {
    const auto known = at.farm.submissions.find(submission);
    if (known == at.farm.submissions.end()) return {};
    if (at.farm.jobs.at(known->second).submitter == submitter) {
        return JobAccepted{known->second, true};
    }
    return Refused{ErrorKind::not_allowed, submission_is_taken};
}

}  // namespace

bool lies_below(std::string_view name, std::string_view path) {
    if (path.empty() || name == path) return true;
    return name.size() > path.size() && name.starts_with(path) && name[path.size()] == '.';
}

Decision decide_on(const Situation& at, const SubmitJob& command) {
    if (auto known = known_job(at, command.submission, command.submitter)) return {{}, *known};
    std::string complaint = complaint_about(command, at.policy);
    if (!complaint.empty()) return refuse(std::move(complaint));
    if (auto refused = refuse_more_jobs(at)) return *refused;
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

Decision decide_on(const Situation& at, const AnnounceJob& command) {
    if (auto known = known_job(at, command.submission, command.submitter)) return {{}, *known};
    std::string complaint = complaint_about_job(command, command.tasks, at.policy);
    if (!complaint.empty()) return refuse(std::move(complaint));
    Decision decision;
    for (const auto& [id, job] : at.farm.announced) {
        const bool again =
            job.submission == command.submission && job.submitter == command.submitter;
        if (again) decision.events.push_back(JobDropped{at.now, id});
    }
    if (decision.events.empty()) {
        if (auto refused = refuse_more_jobs(at)) return *refused;
    }
    JobAnnounced event;
    event.at = at.now;
    event.job = JobId{at.farm.last_job.value + 1};
    event.submission = command.submission;
    event.title = command.name;
    event.submitter = command.submitter;
    event.priority = command.priority;
    event.tasks = command.tasks;
    decision.answer = JobAccepted{event.job, false};
    decision.events.push_back(std::move(event));
    return decision;
}

Decision decide_on(const Situation& at, const AddTasks& command) {
    const AnnouncedJob* job = find_announced(at.farm, command.job);
    if (job == nullptr) return refuse_not_arriving(command.job);
    if (job->tasks.size() + command.tasks.size() > job->announced) {
        return refuse(fmt::format("the job was announced with {} tasks", job->announced));
    }
    auto index = static_cast<TaskIndex>(job->tasks.size());
    for (const TaskSpec& task : command.tasks) {
        std::string complaint = complaint_about_task(task, index++, at.policy);
        if (!complaint.empty()) return refuse(std::move(complaint));
    }
    return {{TasksAdded{at.now, command.job, command.tasks}}, Changed{command.tasks.size()}};
}

Decision decide_on(const Situation& at, const CompleteJob& command) {
    const AnnouncedJob* job = find_announced(at.farm, command.job);
    if (job == nullptr) return refuse_not_arriving(command.job);
    // The same night was quicker on another way.
    if (auto known = known_job(at, job->submission, job->submitter)) {
        return {{JobDropped{at.now, command.job}}, *known};
    }
    if (job->tasks.size() != job->announced) {
        return refuse(fmt::format(
            "{} tasks were announced, but {} arrived", job->announced, job->tasks.size()));
    }
    std::string complaint = complaint_about_names(job->tasks);
    if (!complaint.empty()) return refuse(std::move(complaint));
    return {{JobArrived{at.now, command.job}}, JobAccepted{command.job, false}};
}

Decision decide_on(const Situation& at, const DropJob& command) {
    if (find_announced(at.farm, command.job) == nullptr) return {{}, Changed{0}};
    return {{JobDropped{at.now, command.job}}, Changed{1}};
}

Decision decide_on(const Situation& at, const GiveVersions& command) {
    const bool too_long =
        std::any_of(command.wishes.begin(), command.wishes.end(), [&](auto& wish) {
            return JobLimits{at.policy}.too_long(wish.place);
        });
    if (too_long) {
        return refuse(
            fmt::format("an output path is longer than {} bytes", at.policy.text_bytes_max));
    }
    VersionsAnswer answer{at.farm.versions.versions_for(command.wishes)};
    VersionsGiven event{at.now, command.by, {}};
    for (const GivenVersion& given : answer.versions) {
        if (!at.farm.versions.knows(given)) event.versions.push_back(given);
    }
    if (event.versions.empty()) return {{}, std::move(answer)};
    return {{std::move(event)}, std::move(answer)};
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
    return {{TasksCancelled{at.now, id, std::move(tasks), command.by}}, answer};
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
        // What waits for a later try may be tried at once.
        if (task.state == TaskState::waiting) return everything || task.not_before == Millis(0);
        return !is_settled(task) || (task.state == TaskState::done && !everything);
    });
    if (everything) tasks = with_what_followed(*job, tasks);
    const Changed answer{tasks.size()};
    if (tasks.empty()) return {{}, answer};
    return {{TasksRetried{at.now, id, std::move(tasks), everything, command.by}}, answer};
}

Decision decide_on(const Situation& at, const PauseJob& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (job->paused || job->finished) return {{}, Changed{0}};
    return {{JobPaused{at.now, command.job, command.by}}, Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const ResumeJob& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (!job->paused) return {{}, Changed{0}};
    return {{JobResumed{at.now, command.job, command.by}}, Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const SetPriority& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (job->priority == command.priority) return {{}, Changed{0}};
    return {{JobPrioritised{at.now, command.job, command.priority, command.by}},
            Changed{job->tasks.size()}};
}

Decision decide_on(const Situation& at, const DeleteJob& command) {
    const Job* job = find_job(at.farm, command.job);
    if (job == nullptr) return refuse_unknown_job(command.job);
    if (!job->finished) {
        return refuse(
            fmt::format("job {0} has not ended: `nightreel cancel {0}` first", command.job.value));
    }
    return {{JobForgotten{at.now, command.job, command.by}}, Changed{job->tasks.size()}};
}

// What is known already is no fact once more.
Decision decide_on(const Situation& at, const AddReviews& command) {
    constexpr std::size_t reviews_max = 1'000'000;
    TakesReviewed event{at.now, command.by, {}};
    ReviewBook fresh;
    for (const ReviewRecord& record : command.records) {
        if (is_news(at.farm.reviews, record) && add(fresh, record)) {
            event.records.push_back(record);
        }
    }
    if (at.farm.reviews.records.size() + event.records.size() > reviews_max) {
        return refuse(fmt::format("this farm has {} verdicts and notes, the limit", reviews_max));
    }
    const Changed answer{event.records.size()};
    if (event.records.empty()) return {{}, answer};
    return {{std::move(event)}, answer};
}

Decision decide_on(const Situation& at, const ManageWorker& command) {
    const auto found = at.farm.workers.find(command.worker);
    if (found == at.farm.workers.end()) {
        return refuse(fmt::format("no worker {}; `nightreel list --workers` shows all workers",
                                  command.worker.name));
    }
    const Worker& worker = found->second;
    Decision decision;
    if (worker.mode != command.mode) {
        decision.events.push_back(WorkerManaged{at.now, command.worker, command.mode, command.by});
    }
    // What it has finished it may still publish.
    for (const TaskAttempt& held : worker.holds) {
        const bool runs = find_task(at.farm, held.task)->state == TaskState::leased;
        if (command.mode != WorkerMode::offline || !runs) continue;
        const std::string who = command.by.empty() ? "somebody" : command.by;
        decision.events.push_back(after_stop(
            at, held.task, fmt::format("{} took worker {} offline", who, command.worker.name)));
    }
    if (command.mode == WorkerMode::online && worker.set_aside_until) {
        decision.events.push_back(WorkerRestored{at.now, command.worker, command.by});
    }
    decision.answer = Changed{decision.events.empty() ? 0U : 1U};
    return decision;
}

}  // namespace nightreel
