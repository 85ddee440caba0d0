// What events about jobs do to the state.

#include <algorithm>

#include "scheduler/farm/evolve_parts.h"
#include "scheduler/farm/indices.h"

namespace nightreel::evolving {
namespace {

template <class Fact>
void expect_new_job(const Farm& farm, JobId id, const Fact& fact) {
    expect(id > farm.last_job, fact, fmt::format("job {} is known already", id.value));
}

// The tasks of a job that has arrived whole; its other members are set.
template <class Fact>
void begin_tasks(Farm& farm, JobId id, const std::vector<TaskSpec>& specs, const Fact& fact) {
    Job& job = farm.jobs.at(id);
    job.submitted_at = job.begun_at = fact.at;
    job.tasks.resize(specs.size());
    for (TaskIndex i = 0; i < specs.size(); ++i) {
        Task& task = job.tasks[i];
        task.spec = specs[i];
        task.ready_at = fact.at;
        for (const auto* before : {&task.spec.needs, &task.spec.after}) {
            const bool in_order = std::all_of(
                before->begin(), before->end(), [&](TaskIndex other) { return other < i; });
            expect(in_order, fact, fmt::format("{} needs a later task", task.spec.name));
        }
        connect(job, i);
        add_to_indices(farm, {id, i});
    }
    farm.submissions[job.submission] = id;
    refresh_job(farm, id);
}

template <class Fact>
AnnouncedJob& announced_job_of(Farm& farm, JobId id, const Fact& fact) {
    const auto found = farm.announced.find(id);
    expect(found != farm.announced.end(), fact, fmt::format("job {} is not arriving", id.value));
    return found->second;
}

void cancel(Task& task, Millis at) {
    if (task.lease) end_lease(task, TaskState::cancelled);
    task.state = TaskState::cancelled;
    task.ended_at = at;
}

}  // namespace

void apply(Farm& farm, const JobSubmitted& e) {
    expect_new_job(farm, e.job, e);
    Job& job = farm.jobs[e.job];
    job.submission = e.submission;
    job.title = e.title;
    job.submitter = e.submitter;
    job.priority = e.priority;
    farm.last_job = e.job;
    begin_tasks(farm, e.job, e.tasks, e);
}

void apply(Farm& farm, const JobAnnounced& e) {
    expect_new_job(farm, e.job, e);
    farm.announced[e.job] = {e.submission, e.title, e.submitter, e.priority, e.tasks, {}};
    farm.last_job = e.job;
}

void apply(Farm& farm, const TasksAdded& e) {
    AnnouncedJob& job = announced_job_of(farm, e.job, e);
    expect(job.tasks.size() + e.tasks.size() <= job.announced,
           e,
           fmt::format("job {} was announced with fewer tasks", e.job.value));
    job.tasks.insert(job.tasks.end(), e.tasks.begin(), e.tasks.end());
}

void apply(Farm& farm, const JobArrived& e) {
    const AnnouncedJob arrived = std::move(announced_job_of(farm, e.job, e));
    expect(arrived.tasks.size() == arrived.announced,
           e,
           fmt::format("job {} lacks tasks", e.job.value));
    farm.announced.erase(e.job);
    Job& job = farm.jobs[e.job];
    job.submission = arrived.submission;
    job.title = arrived.title;
    job.submitter = arrived.submitter;
    job.priority = arrived.priority;
    begin_tasks(farm, e.job, arrived.tasks, e);
}

void apply(Farm& farm, const JobDropped& e) {
    announced_job_of(farm, e.job, e);
    farm.announced.erase(e.job);
}

void apply(Farm& farm, const VersionsGiven& e) {
    for (const GivenVersion& given : e.versions) farm.versions.note(given);
}

void apply(Farm& farm, const TakesReviewed& e) {
    for (const ReviewRecord& record : e.records) add(farm.reviews, record);
}

void apply(Farm& farm, const JobPaused& e) {
    job_of(farm, e.job, e).paused = true;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobResumed& e) {
    Job& job = job_of(farm, e.job, e);
    job.paused = false;
    job.begun_at = e.at;
    job.refusals.clear();
    for (Task& task : job.tasks) {
        if (task.state != TaskState::waiting) continue;
        task.troubles.unavailable = 0;  // nothing was tried in the meantime
        task.troubles.unavailable_since.reset();
    }
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobPrioritised& e) {
    Job& job = job_of(farm, e.job, e);
    farm.queue.erase({job.priority, e.job});
    job.priority = e.priority;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobFinished& e) {
    Job& job = job_of(farm, e.job, e);
    job.finished = true;
    job.finished_at = e.at;
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const JobForgotten& e) {
    const Job& job = job_of(farm, e.job, e);
    expect(job.finished, e, fmt::format("job {} is not finished", e.job.value));
    farm.submissions.erase(job.submission);
    farm.queue.erase({job.priority, e.job});
    farm.ended.erase(e.job);
    farm.jobs.erase(e.job);
}

void apply(Farm& farm, const TasksCancelled& e) {
    for (const TaskIndex index : e.tasks) {
        task_of(farm, {e.job, index}, e);
        change_task(farm, {e.job, index}, [&](Task& task) { cancel(task, e.at); });
    }
    refresh_job(farm, e.job);
}

void apply(Farm& farm, const TasksRetried& e) {
    for (const TaskIndex index : e.tasks) {
        task_of(farm, {e.job, index}, e);
        change_task(farm, {e.job, index}, [&](Task& task) { begin_anew(task, e.fresh); });
    }
    Job& job = job_of(farm, e.job, e);
    job.finished = false;
    job.begun_at = e.at;
    job.refusals.clear();
    refresh_job(farm, e.job);
}

}  // namespace nightreel::evolving
