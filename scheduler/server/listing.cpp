#include "scheduler/server/listing.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "scheduler/farm/placement.h"
#include "scheduler/server/job_outlook.h"
#include "scheduler/server/row_list.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {
namespace {

constexpr std::size_t task_text_bytes_max = 4'096;
constexpr std::size_t path_bytes_max = 4'096;

Json counts_of(const Job& job) {
    Json counts;
    counts["total"] = job.tasks.size();
    for (const auto& [state, word] : EnumWords<TaskState>::words) {
        counts[std::string(word)] = job.count(state);
    }
    return counts;
}

// Of the work, by estimated time; what runs counts by how far it says it is.
double percent_of(const FarmView& view, JobId id, const Job& job, const JobTally& tally) {
    const bool timed = tally.seconds > 0;
    double done = timed ? tally.seconds_done : job.count(TaskState::done);
    for (const TaskIndex index : tally.running) {
        const Task& task = job.tasks[index];
        const auto found = view.progress.find({{id, index}, task.lease->attempt});
        if (found == view.progress.end()) continue;
        done += found->second.fraction * (timed ? task.spec.cost_seconds : 1.0);
    }
    const double all = timed ? tally.seconds : static_cast<double>(job.tasks.size());
    return all > 0 ? std::clamp(100.0 * done / all, 0.0, 100.0) : 0.0;
}

// Where the job's dailies lie, as the scheduler sees it; empty until they are written.
std::string dailies_of(const Job& job, const std::map<std::string, std::string>* roots) {
    for (const TaskIndex index : job.after_others) {
        const Task& task = job.tasks[index];
        if (task.spec.kind != TaskKind::dailies || task.state != TaskState::done) continue;
        const Json result = Json::parse(task.facts, nullptr, false);
        const Json facts = result.is_object() ? result.value("facts", Json()) : Json();
        const Json folder = facts.is_object() ? facts.value("folder", Json()) : Json();
        if (!folder.is_string() || roots == nullptr) continue;
        const auto root = roots->find(facts.value("root", std::string()));
        if (root == roots->end()) continue;
        const auto path = std::filesystem::path(root->second) / folder.get<std::string>();
        return plain_line(path.string(), path_bytes_max);
    }
    return {};
}

Json short_head(const FarmView& view, JobId id, const Job& job) {
    const JobTally& tally = view.tallies.of(id);
    Json head;
    head["job"] = id.value;
    head["title"] = plain_line(job.title, named_text_bytes_max);
    head["submitter"] = job.submitter;
    head["submission"] = plain_line(job.submission, named_text_bytes_max);
    head["state"] = word_of(state_of(job));
    head["priority"] = job.priority;
    head["submitted_at"] = utc_text(job.submitted_at);
    if (job.finished) head["finished_at"] = utc_text(job.finished_at);
    if (std::string dailies = dailies_of(job, view.roots); !dailies.empty())
        head["dailies"] = dailies;
    head["tasks"] = counts_of(job);
    head["estimated_seconds"] = tally.seconds;
    head["estimated_seconds_done"] = tally.seconds_done;
    head["percent"] = percent_of(view, id, job, tally);
    head["shots_total"] = tally.shots.size();
    head["shots_done"] = tally.shots_done;
    if (const auto left = seconds_left(view, id, job)) head["seconds_left"] = *left;
    return head;
}

std::int64_t seconds_in(Millis time) {
    return std::max<std::int64_t>(0, time.count() / 1'000);
}

void add_progress(Json& row, TaskKey key, const Task& task, const FarmView& view) {
    if (!task.lease) return;
    const WorkerId& worker = task.lease->worker;
    row["worker"] = worker.name;
    row["since"] = utc_text(task.lease->since);
    if (const auto silence = silence_of(view, worker)) {
        row["silent_seconds"] = seconds_in(*silence);
        row["text"] = fmt::format(
            "worker {} has been silent for {} s; if it stays silent, another worker gets the task "
            "in {} s",
            worker.name,
            seconds_in(*silence),
            seconds_in(task.lease->until - view.now));
        return;
    }
    const auto found = view.progress.find({key, task.lease->attempt});
    if (found == view.progress.end()) return;
    row["fraction"] = found->second.fraction;
    row["text"] = plain_line(found->second.text, named_text_bytes_max);
}

Json running_row(TaskKey key, const Task& task, const FarmView& view) {
    Json row;
    row["task"] = task.spec.name;
    row["state"] = word_of(task.state);
    row["attempt"] = task.attempts;
    row["estimated_seconds"] = task.spec.cost_seconds;
    add_progress(row, key, task, view);
    return row;
}

Json failed_row(const Task& task) {
    Json row;
    row["task"] = task.spec.name;
    row["kind"] = name_of(task.error_kind);
    row["text"] = plain_text(task.error, named_text_bytes_max);
    row["worker"] = task.last_worker.name;
    row["attempt"] = task.attempts;
    return row;
}

Json shot_row(const std::string& name, const ShotTally& shot) {
    return {{"shot", name},
            {"total", shot.total},
            {"done", shot.done},
            {"failed", shot.failed},
            {"running", shot.running}};
}

Json shots_of(const JobTally& tally) {
    RowList rows(head_list_bytes_max, named_shots_max);
    for (const auto& [name, shot] : tally.shots) {
        if (!rows.add(shot_row(name, shot))) break;
    }
    return rows.take();
}

Json failed_of(const Job& job, const std::set<TaskIndex>& failed) {
    RowList rows(head_list_bytes_max, named_tasks_max);
    for (const TaskIndex index : failed) {
        if (job.tasks[index].state != TaskState::failed) continue;  // retried since
        if (!rows.add(failed_row(job.tasks[index]))) break;
    }
    return rows.take();
}

// The first task that could run, else the first whose time comes.
std::optional<TaskIndex> first_waiting(const Job& job) {
    std::optional<TaskIndex> first;
    for (const auto& [line, tasks] : job.ready) {
        if (!tasks.empty()) first = std::min(first.value_or(*tasks.begin()), *tasks.begin());
    }
    if (first) return first;
    std::optional<DueTask> soonest;
    for (const auto& [line, tasks] : job.delayed) {
        if (!tasks.empty()) soonest = std::min(soonest.value_or(*tasks.begin()), *tasks.begin());
    }
    if (soonest) first = soonest->index;
    return first;
}

// Why it does not run; empty when there is none.
std::string why_it_waits(const FarmView& view, JobId id, const Job& job) {
    const std::optional<TaskIndex> first = first_waiting(job);
    if (!first) return {};
    const std::string why = explain_wait(view.farm, view.policy, {id, *first}, view.now);
    return plain_text(fmt::format("{}: {}", job.tasks[*first].spec.name, why),
                      named_text_bytes_max);
}

// Whether no live worker could take the task, even if it had nothing else to do.
bool is_stuck(const FarmView& view, const TaskSpec& task) {
    return std::none_of(view.farm.workers.begin(), view.farm.workers.end(), [&](const auto& entry) {
        const Worker& worker = entry.second;
        return is_live(view.policy, worker, view.now) && worker.mode == WorkerMode::online &&
               worker.memory_bytes >= task.memory_bytes &&
               can_render(worker, task.model_digest, task.device_class);
    });
}

// Without shots and failed tasks.
Json head_of(const FarmView& view, JobId id, const Job& job) {
    Json head = short_head(view, id, job);
    RowList running(head_list_bytes_max, named_tasks_max);
    for (const TaskIndex index : view.tallies.of(id).running) {
        if (!running.add(running_row({id, index}, job.tasks[index], view))) break;
    }
    head["running"] = running.take();
    if (!head["running"].empty()) return head;
    std::string waits = why_it_waits(view, id, job);
    if (!waits.empty()) head["waits"] = std::move(waits);
    const std::optional<TaskIndex> first = first_waiting(job);
    if (first && is_stuck(view, job.tasks[*first].spec)) head["stuck"] = true;
    return head;
}

Json whole_head_of(const FarmView& view, JobId id) {
    const Job& job = job_named(view.farm, id);
    const JobTally& tally = view.tallies.of(id);
    Json head = head_of(view, id, job);
    head["shots"] = shots_of(tally);
    head["failed"] = failed_of(job, tally.failed);
    return head;
}

Json task_row(TaskKey key, const Task& task, const FarmView& view) {
    Json row;
    row["task"] = task.spec.name;
    row["index"] = key.index;
    row["kind"] = word_of(task.spec.kind);
    row["state"] = word_of(task.state);
    row["digest"] = task.spec.digest.hex();
    row["estimated_seconds"] = task.spec.cost_seconds;
    row["failures"] = task.troubles.attempts;
    row["attempt"] = task.attempts;
    add_progress(row, key, task, view);
    if (task.state == TaskState::done) {
        row["worker"] = task.last_worker.name;
        row["ended_at"] = utc_text(task.ended_at);
        row["cached"] = task.cached;
    }
    if (!task.error.empty()) {
        row["error_kind"] = name_of(task.error_kind);
        row["error"] = plain_text(task.error, task_text_bytes_max);
    }
    Json facts = Json::parse(task.facts, nullptr, false);
    if (!facts.is_discarded()) row["facts"] = std::move(facts);
    return row;
}

// Why a task that waits will never run.
void add_blocking(Json& row, const Task& blocking) {
    row["blocked_by"] = {{"task", blocking.spec.name}, {"state", word_of(blocking.state)}};
    if (blocking.error.empty()) return;
    row["error_kind"] = name_of(blocking.error_kind);
    row["error"] = plain_text(blocking.error, named_text_bytes_max);
}

}  // namespace

std::optional<Millis> unheard_for(const FarmView& view, const WorkerId& worker) {
    if (view.heard == nullptr) return {};
    const auto found = view.heard->find(worker);
    if (found == view.heard->end()) return {};
    return view.steady - found->second;
}

std::optional<Millis> silence_of(const FarmView& view, const WorkerId& worker) {
    const auto time = unheard_for(view, worker);
    return time && *time >= view.policy.predecessor_silent ? time : std::nullopt;
}

const Job& job_named(const Farm& farm, JobId id) {
    const auto found = farm.jobs.find(id);
    if (found != farm.jobs.end()) return found->second;
    throw Error(ErrorKind::bad_input,
                fmt::format("no job {}; `nightreel list` shows all jobs", id.value));
}

ListingPage list_jobs(const FarmView& view, std::uint64_t first) {
    RowList rows(listing_bytes_max);
    std::uint64_t next = 0;
    const auto& jobs = view.farm.jobs;
    for (auto it = jobs.lower_bound(JobId{first}); it != jobs.end(); ++it) {
        if (rows.add(short_head(view, it->first, it->second))) continue;
        next = it->first.value;
        break;
    }
    return {Json{{"format", listing_format}, {"jobs", rows.take()}}.dump(), next};
}

std::string job_head(const FarmView& view, JobId id) {
    return Json{{"format", listing_format}, {"job", whole_head_of(view, id)}}.dump();
}

std::string job_news(const FarmView& view, JobId id, const JobChanges& changes) {
    const Job& job = job_named(view.farm, id);
    const JobTally& tally = view.tallies.of(id);
    Json head = head_of(view, id, job);
    RowList shots(head_list_bytes_max, named_shots_max);
    for (const std::string& name : changes.shots) {
        if (!shots.add(shot_row(name, tally.shots.find(name)->second))) break;
    }
    head["shots"] = shots.take();
    head["failed"] = failed_of(job, changes.failed);
    return Json{{"format", listing_format}, {"job", std::move(head)}, {"changes", true}}.dump();
}

ListingPage job_status(const FarmView& view,
                       const Selection& selection,
                       TaskIndex first,
                       const std::string& output) {
    const Job& job = job_named(view.farm, selection.job);
    RowList rows(listing_bytes_max);
    std::uint64_t next = 0;
    bool any = first > 0;
    const std::map<TaskIndex, TaskIndex>& blocked = view.tallies.of(selection.job).blocked;
    for (std::size_t i = first; i < job.tasks.size(); ++i) {
        if (!lies_below(job.tasks[i].spec.name, selection.path)) continue;
        any = true;
        const TaskKey key{selection.job, static_cast<TaskIndex>(i)};
        Json row = task_row(key, job.tasks[i], view);
        const auto blocking = blocked.find(key.index);
        if (blocking != blocked.end()) add_blocking(row, job.tasks[blocking->second]);
        if (rows.add(std::move(row))) continue;
        next = i;
        break;
    }
    if (!any) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "job {} has no shot, take or task \"{}\"", selection.job.value, selection.path));
    }
    Json page{{"format", listing_format},
              {"job", whole_head_of(view, selection.job)},
              {"tasks", rows.take()}};
    if (!output.empty()) page["job"]["output"] = output;
    return {page.dump(), next};
}

}  // namespace nightreel
