// The logs of attempts, page by page: what finished attempts left, and what running ones write
// while somebody reads it.

#include <fmt/format.h>

#include "scheduler/server/loop/server.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::size_t logged_tasks_max = 200;           // looked at for one page
constexpr std::size_t task_log_bytes_max = 256 * 1024;  // of all attempts of one task

Json left_log_row(const Task& task, const LogDocument& log, std::uint32_t number) {
    return {{"task", task.spec.name},
            {"attempt", number},
            {"worker", log.worker},
            {"path", plain_line(log.path, wire::text_bytes_max)},
            {"running", false},
            {"tail", plain_tail(log.tail, wire::log_tail_bytes_max)}};
}

// `offset` counts bytes of the log itself, and the tail has as many as came from there on.
Json live_log_row(const Task& task, const LiveLog* log) {
    return {{"task", task.spec.name},
            {"attempt", task.attempts},
            {"worker", task.lease->worker.name},
            {"path", ""},
            {"running", true},
            {"offset", log == nullptr ? 0 : log->begin},
            {"tail", log == nullptr ? std::string() : plain_same_length(log->text)}};
}

}  // namespace

// Oldest first. Where they are too many for a page, the newest, and how many are left out.
std::vector<std::string> Server::logs_of_task(TaskKey key, const Task& task) {
    std::vector<LogDocument> logs = journal_.logs_of(key);
    std::vector<Json> rows;  // newest first
    std::size_t bytes = 0;
    if (task.lease) {
        rows.push_back(live_log_row(task, live_logs_.find({key, task.lease->attempt})));
    }
    while (!logs.empty()) {
        const LogDocument& log = logs.back();
        // Journals of earlier releases do not say which attempt of its task it was.
        const auto number = log.number > 0 ? log.number : static_cast<std::uint32_t>(logs.size());
        Json row = left_log_row(task, log, number);
        bytes += row.dump().size();
        if (bytes > task_log_bytes_max) break;
        rows.push_back(std::move(row));
        logs.pop_back();
    }
    if (!logs.empty() && !rows.empty()) rows.back()["attempts_left_out"] = logs.size();
    std::vector<std::string> texts;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) texts.push_back(row->dump());
    return texts;
}

// {"format", "logs": [...]}
ListingPage Server::logs_below(const Selection& selection, std::uint64_t first) {
    const Job& job = job_named(farm_, selection.job);
    std::string rows;
    std::size_t looked_at = 0;
    const auto page = [&](std::uint64_t next) {
        return ListingPage{fmt::format("{{\"format\":{},\"logs\":[{}]}}", listing_format, rows),
                           next};
    };
    bool any = first > 0;
    for (std::size_t i = first; i < job.tasks.size(); ++i) {
        const Task& task = job.tasks[i];
        if (!lies_below(task.spec.name, selection.path)) continue;
        any = true;
        if (task.attempts == 0) continue;
        if (looked_at++ == logged_tasks_max) return page(i);
        std::string of_task;
        for (const std::string& row :
             logs_of_task({selection.job, static_cast<TaskIndex>(i)}, task)) {
            of_task += (rows.empty() && of_task.empty() ? "" : ",") + row;
        }
        if (!rows.empty() && rows.size() + of_task.size() > listing_bytes_max) return page(i);
        rows += of_task;
    }
    if (!any) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "job {} has no shot, take or task \"{}\"", selection.job.value, selection.path));
    }
    return page(0);
}

}  // namespace nightreel
