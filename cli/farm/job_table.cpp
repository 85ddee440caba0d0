#include "cli/farm/job_table.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "cli/json_values.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell; the last one is not filled up.
std::string table_text(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += fmt::format("{}{:{}}", i == 0 ? "" : "  ", row[i], widths[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

// "2026-11-30 17:50" of "2026-11-30T17:50:59.220Z"
std::string minute_text(std::string utc) {
    if (utc.size() < 16) return utc;
    utc[10] = ' ';
    return utc.substr(0, 16);
}

// A number, or the name of a job directory.
std::string job_name(const Json& head) {
    const std::string directory = text_at(head, "directory");
    if (directory.empty()) return fmt::format("{}", number_of<std::uint64_t>(head, "job"));
    return std::filesystem::path(directory).filename().string();
}

std::string percent_text(const Json& head) {
    return fmt::format("{:.0f} %", percent_done(head, fraction_done(head)));
}

std::string left_text(const Json& head) {
    return head.contains("seconds_left") ? duration_text(number_at(head, "seconds_left")) : "";
}

std::string where_text(const Json& head) {
    const std::string manager = text_at(head, "manager");
    if (manager.empty()) {
        return fmt::format("priority {}", number_of<std::int64_t>(head, "priority"));
    }
    std::string ids;
    for (const Json& id : head.value("manager_ids", Json::array())) {
        ids += (ids.empty() ? " " : ", ") + id.get<std::string>();
    }
    return manager + ids;
}

std::string tasks_text(const Json& head) {
    const Json counts = head.value("tasks", Json::object());
    return fmt::format("{}/{}", number_at(counts, "done"), number_at(counts, "total"));
}

// The task that a worker has, with its job: "3.sq010_sh0010.take01.sample02".
std::string task_of(const Json& worker) {
    const Json tasks = worker.value("tasks", Json::array());
    if (tasks.empty()) return "";
    const std::string more = tasks.size() > 1 ? fmt::format(" and {} more", tasks.size() - 1) : "";
    return fmt::format(
        "{}.{}{}", number_of<std::uint64_t>(tasks[0], "job"), text_at(tasks[0], "task"), more);
}

// Why a worker is given no work, or not all of it.
std::string why_not_working(const Json& worker) {
    for (const char* reason : {"fault", "set_aside_why"}) {
        if (worker.contains(reason)) return text_at(worker, reason);
    }
    for (const Json& unfit : worker.value("unfit", Json::array())) {
        const std::string model = text_at(unfit, "model");
        return model.empty() ? text_at(unfit, "why")
                             : fmt::format("{}: {}", model, text_at(unfit, "why"));
    }
    for (const Json& faulty : worker.value("model_faults", Json::array())) {
        return fmt::format("{}: {}", text_at(faulty, "model"), text_at(faulty, "fault"));
    }
    const auto silent = number_of<std::int64_t>(worker, "silent_seconds");
    if (silent > 0) return fmt::format("silent for {} s", silent);
    const std::string by = text_at(worker, "mode_by");
    return by.empty() || text_at(worker, "mode") == "online" ? "" : "set by " + by;
}

bool has_stopped(const std::string& state) {
    return state == "running" || state == "queued";
}

void mark_head_stopped(Json& head) {
    if (!has_stopped(text_at(head, "state"))) return;
    head["state"] = "stopped";
    head.erase("seconds_left");
    Json& counts = head["tasks"];
    for (const char* state : {"running", "publishing"}) {
        counts["waiting"] =
            number_of<std::uint64_t>(counts, "waiting") + number_of<std::uint64_t>(counts, state);
        counts[state] = 0;
    }
    if (head.contains("running")) {
        head["running"] = Json::array();
        head["waits"] = "no `nightreel run` is working on this folder; run the same command again";
    }
    if (!head.contains("shots")) return;
    for (Json& shot : head["shots"]) shot["running"] = 0;
}

}  // namespace

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds) + 0.5);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

double fraction_done(const Json& head) {
    const Json counts = head.value("tasks", Json::object());
    const double seconds = number_at(head, "estimated_seconds");
    double done =
        seconds > 0 ? number_at(head, "estimated_seconds_done") : number_at(counts, "done");
    for (const Json& row : head.value("running", Json::array())) {
        done +=
            number_at(row, "fraction") * (seconds > 0 ? number_at(row, "estimated_seconds") : 1);
    }
    const double whole = seconds > 0 ? seconds : std::max(1.0, number_at(counts, "total"));
    return std::clamp(done / whole, 0.0, 1.0);
}

double percent_done(const Json& head, double fraction) {
    return text_at(head, "state") == "done" ? 100 : std::min(100 * fraction, 99.0);
}

std::string job_table(const Json& jobs) {
    if (jobs.empty()) return {};
    std::vector<Row> rows{{"job",
                           "state",
                           "done",
                           "tasks",
                           "time left",
                           "priority",
                           "submitter",
                           "submitted (UTC)",
                           "ended (UTC)",
                           "title",
                           "dailies"}};
    for (const Json& job : jobs) {
        rows.push_back({job_name(job),
                        text_at(job, "state"),
                        percent_text(job),
                        tasks_text(job),
                        left_text(job),
                        fmt::format("{}", number_of<std::int64_t>(job, "priority")),
                        text_at(job, "submitter"),
                        minute_text(text_at(job, "submitted_at")),
                        minute_text(text_at(job, "finished_at")),
                        text_at(job, "title"),
                        text_at(job, "dailies")});
    }
    return table_text(rows);
}

std::string worker_table(const Json& workers) {
    if (workers.empty()) return {};
    std::vector<Row> rows{
        {"worker", "host", "state", "device", "models", "task", "last seen (UTC)", "why"}};
    for (const Json& worker : workers) {
        const std::string seen = text_at(worker, "last_seen");
        const bool has_told = worker.contains("models");
        rows.push_back(
            {text_at(worker, "worker"),
             text_at(worker, "host"),
             text_at(worker, "state"),
             text_at(worker, "device_class"),
             has_told ? fmt::format("{}", number_of<std::uint64_t>(worker, "models")) : "",
             task_of(worker),
             seen.size() < 19 ? seen : minute_text(seen) + seen.substr(16, 3),
             why_not_working(worker)});
    }
    return table_text(rows);
}

std::string job_heading(const Json& head) {
    std::string text = fmt::format("job {}  {}  {}  {}, {} tasks done",
                                   job_name(head),
                                   text_at(head, "title"),
                                   text_at(head, "state"),
                                   percent_text(head),
                                   tasks_text(head));
    const std::string left = left_text(head);
    if (!left.empty()) text += fmt::format(", about {} left", left);
    text += fmt::format("\n  submitted by {} at {} UTC, {}\n",
                        text_at(head, "submitter"),
                        minute_text(text_at(head, "submitted_at")),
                        where_text(head));
    const std::string ended = minute_text(text_at(head, "finished_at"));
    if (!ended.empty()) text += fmt::format("  ended at {} UTC\n", ended);
    const std::string output = text_at(head, "output");
    if (!output.empty()) text += fmt::format("  output: {}\n", output);
    const std::string dailies = text_at(head, "dailies");
    if (!dailies.empty()) text += fmt::format("  dailies: {}\n", dailies);
    return text;
}

std::string silences_text(const Json& head) {
    std::string text;
    for (const Json& row : head.value("running", Json::array())) {
        if (!row.contains("silent_seconds")) continue;
        text += fmt::format("  {}: {}\n", text_at(row, "task"), text_at(row, "text"));
    }
    return text;
}

std::string failures_text(const Json& head) {
    std::string text;
    for (const Json& row : head.value("failed", Json::array())) {
        text += fmt::format("  {} failed ({}): {}\n",
                            text_at(row, "task"),
                            text_at(row, "kind"),
                            text_at(row, "text"));
    }
    return text;
}

int exit_code_of_job(const Json& head) {
    const std::string state = text_at(head, "state");
    if (state == "done") return 0;
    return exit_code_of(state == "cancelled" ? ErrorKind::cancelled : ErrorKind::internal);
}

void mark_stopped(Json& listing) {
    if (listing.contains("jobs")) {
        for (Json& head : listing["jobs"]) mark_head_stopped(head);
    }
    if (!listing.contains("job")) return;
    if (!has_stopped(text_at(listing["job"], "state"))) return;
    mark_head_stopped(listing["job"]);
    if (!listing.contains("tasks")) return;
    for (Json& task : listing["tasks"]) {
        const std::string state = text_at(task, "state");
        if (state != "running" && state != "publishing") continue;
        task["state"] = "waiting";
        for (const char* field : {"worker", "since", "fraction", "text", "silent_seconds"}) {
            task.erase(field);
        }
    }
}

}  // namespace nightreel::cli
