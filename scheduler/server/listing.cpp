#include "scheduler/server/listing.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "scheduler/farm/placement.h"
#include "shotspec/base/utf8.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

const Job& job_named(const Farm& farm, JobId id) {
    const auto found = farm.jobs.find(id);
    if (found != farm.jobs.end()) return found->second;
    throw Error(ErrorKind::bad_input,
                fmt::format("no job {}; `nightreel list` shows all jobs", id.value));
}

std::string shot_of(const std::string& task) {
    return task.substr(0, task.find('.'));
}

Json counts_of(const Job& job) {
    Json counts;
    counts["total"] = job.tasks.size();
    for (const auto& [state, word] : EnumWords<TaskState>::words) {
        counts[std::string(word)] = job.count(state);
    }
    return counts;
}

Json short_head(JobId id, const Job& job) {
    double seconds = 0;
    double done_seconds = 0;
    for (const Task& task : job.tasks) {
        seconds += task.spec.cost_seconds;
        if (task.state == TaskState::done) done_seconds += task.spec.cost_seconds;
    }
    Json head;
    head["job"] = id.value;
    head["title"] = job.title;
    head["submitter"] = job.submitter;
    head["submission"] = job.submission;
    head["state"] = word_of(state_of(job));
    head["priority"] = job.priority;
    head["submitted_at"] = utc_text(job.submitted_at);
    if (job.finished) head["finished_at"] = utc_text(job.finished_at);
    head["tasks"] = counts_of(job);
    head["estimated_seconds"] = seconds;
    head["estimated_seconds_done"] = done_seconds;
    return head;
}

void add_progress(Json& row, TaskKey key, const Task& task, const ProgressBoard& progress) {
    if (!task.lease) return;
    row["worker"] = task.lease->worker.name;
    row["since"] = utc_text(task.lease->since);
    const auto found = progress.find({key, task.lease->attempt});
    if (found == progress.end()) return;
    row["fraction"] = found->second.fraction;
    row["text"] = utf8_head(found->second.text, named_text_bytes_max);
}

Json running_row(TaskKey key, const Task& task, const ProgressBoard& progress) {
    Json row;
    row["task"] = task.spec.name;
    row["state"] = word_of(task.state);
    add_progress(row, key, task, progress);
    return row;
}

Json failed_row(const Task& task) {
    Json row;
    row["task"] = task.spec.name;
    row["kind"] = name_of(task.error_kind);
    row["text"] = utf8_head(task.error, named_text_bytes_max);
    row["worker"] = task.last_worker.name;
    return row;
}

struct ShotCounts {
    std::uint32_t total = 0;
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
    std::uint32_t running = 0;
};

Json shots_of(const Job& job) {
    std::map<std::string, ShotCounts> shots;
    for (const Task& task : job.tasks) {
        ShotCounts& shot = shots[shot_of(task.spec.name)];
        ++shot.total;
        if (task.state == TaskState::done) ++shot.done;
        if (task.state == TaskState::failed) ++shot.failed;
        if (task.lease) ++shot.running;
    }
    Json rows = Json::array();
    for (const auto& [name, shot] : shots) {
        if (rows.size() == named_shots_max) break;
        rows.push_back({{"shot", name},
                        {"total", shot.total},
                        {"done", shot.done},
                        {"failed", shot.failed},
                        {"running", shot.running}});
    }
    return rows;
}

// Why the first task that could run does not; empty when there is none.
std::string why_it_waits(const FarmView& view, JobId id, const Job& job) {
    for (std::size_t i = 0; i < job.tasks.size(); ++i) {
        const Task& task = job.tasks[i];
        if (task.state != TaskState::waiting || task.needs_missing > 0) continue;
        const std::string why =
            explain_wait(view.farm, view.policy, {id, static_cast<TaskIndex>(i)}, view.now);
        return utf8_head(fmt::format("{}: {}", task.spec.name, why), named_text_bytes_max);
    }
    return {};
}

Json head_of(const FarmView& view, JobId id) {
    const Job& job = job_named(view.farm, id);
    Json head = short_head(id, job);
    head["shots"] = shots_of(job);
    Json running = Json::array();
    Json failed = Json::array();
    for (std::size_t i = 0; i < job.tasks.size(); ++i) {
        const Task& task = job.tasks[i];
        const TaskKey key{id, static_cast<TaskIndex>(i)};
        if (task.lease && running.size() < named_tasks_max) {
            running.push_back(running_row(key, task, view.progress));
        }
        if (task.state == TaskState::failed && failed.size() < named_tasks_max) {
            failed.push_back(failed_row(task));
        }
    }
    if (running.empty()) {
        std::string waits = why_it_waits(view, id, job);
        if (!waits.empty()) head["waits"] = std::move(waits);
    }
    head["running"] = std::move(running);
    head["failed"] = std::move(failed);
    return head;
}

Json task_row(TaskKey key, const Task& task, const ProgressBoard& progress) {
    Json row;
    row["task"] = task.spec.name;
    row["index"] = key.index;
    row["kind"] = word_of(task.spec.kind);
    row["state"] = word_of(task.state);
    row["digest"] = task.spec.digest.hex();
    row["estimated_seconds"] = task.spec.cost_seconds;
    row["failures"] = task.troubles.attempts;
    add_progress(row, key, task, progress);
    if (task.state == TaskState::done) {
        row["worker"] = task.last_worker.name;
        row["ended_at"] = utc_text(task.ended_at);
        row["cached"] = task.cached;
    }
    if (!task.error.empty()) {
        row["error_kind"] = name_of(task.error_kind);
        row["error"] = task.error;
    }
    Json facts = Json::parse(task.facts, nullptr, false);
    if (!facts.is_discarded()) row["facts"] = std::move(facts);
    return row;
}

}  // namespace

bool lies_below(const std::string& name, const std::string& path) {
    if (path.empty() || name == path) return true;
    return name.size() > path.size() && name.starts_with(path) && name[path.size()] == '.';
}

ListingPage list_jobs(const Farm& farm, std::uint64_t first) {
    Json rows = Json::array();
    std::size_t bytes = 0;
    std::uint64_t next = 0;
    for (auto it = farm.jobs.lower_bound(JobId{first}); it != farm.jobs.end(); ++it) {
        Json row = short_head(it->first, it->second);
        bytes += row.dump().size() + 1;
        if (bytes > listing_bytes_max && !rows.empty()) {
            next = it->first.value;
            break;
        }
        rows.push_back(std::move(row));
    }
    return {Json{{"format", listing_format}, {"jobs", std::move(rows)}}.dump(), next};
}

std::string job_head(const FarmView& view, JobId id) {
    return Json{{"format", listing_format}, {"job", head_of(view, id)}}.dump();
}

ListingPage job_status(const FarmView& view, const Selection& selection, TaskIndex first) {
    const Job& job = job_named(view.farm, selection.job);
    Json rows = Json::array();
    std::size_t bytes = 0;
    std::uint64_t next = 0;
    bool any = first > 0;
    for (std::size_t i = first; i < job.tasks.size(); ++i) {
        if (!lies_below(job.tasks[i].spec.name, selection.path)) continue;
        any = true;
        Json row =
            task_row({selection.job, static_cast<TaskIndex>(i)}, job.tasks[i], view.progress);
        bytes += row.dump().size() + 1;
        if (bytes > listing_bytes_max && !rows.empty()) {
            next = i;
            break;
        }
        rows.push_back(std::move(row));
    }
    if (!any) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "job {} has no shot, take or task \"{}\"", selection.job.value, selection.path));
    }
    Json page{{"format", listing_format},
              {"job", head_of(view, selection.job)},
              {"tasks", std::move(rows)}};
    return {page.dump(), next};
}

std::string list_workers(const Farm& farm, Millis wall) {
    Json rows = Json::array();
    for (const auto& [id, worker] : farm.workers) {
        Json row{{"worker", id.name},
                 {"host", worker.host},
                 {"memory_bytes", worker.memory_bytes},
                 {"running", worker.holds.size()},
                 {"last_seen", utc_text(worker.last_seen)}};
        if (worker.set_aside_until && *worker.set_aside_until > wall) {
            row["set_aside_until"] = utc_text(*worker.set_aside_until);
            row["set_aside_why"] = worker.set_aside_why;
        }
        rows.push_back(std::move(row));
        if (rows.size() == named_tasks_max * 10) break;
    }
    return Json{{"format", listing_format}, {"workers", std::move(rows)}}.dump();
}

}  // namespace nightreel
