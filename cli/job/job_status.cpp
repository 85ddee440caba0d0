#include "cli/job/job_status.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/night/take_report.h"
#include "plugins/shell_words.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

constexpr int format_of_listings = 1;  // scheduler/server/listing.h

const char* word_of_standing(Standing standing) {
    switch (standing) {
        case Standing::done:
            return "done";
        case Standing::running:
            return "running";
        case Standing::failed:
            return "failed";
        case Standing::cancelled:
            return "cancelled";
        case Standing::waiting:
        case Standing::blocked:
            break;
    }
    return "waiting";
}

std::string utc_of(std::int64_t wall) {
    return utc_text(Millis(wall));
}

// Of the task that runs, from the fraction of its unit's work.
double fraction_of_task(const JobSight& sight,
                        const Unit& unit,
                        const std::map<std::string, const JobTask*>& tasks,
                        const UnitSight& seen) {
    if (seen.attempt == nullptr || seen.attempt->exit_code) return 0;
    double before = 0;
    for (const std::string& name : unit.tasks) {
        const double seconds = tasks.at(name)->cost.seconds;
        if (name != seen.task) {
            before += seconds;
            continue;
        }
        if (seconds <= 0 || sight.done.contains(name)) return 0;
        const double gone = seen.attempt->fraction * unit.resources.seconds - before;
        return std::clamp(gone / seconds, 0.0, 1.0);
    }
    return 0;
}

class Status {
  public:
    Status(const JobSight& sight, const std::vector<UnitSight>& units)
        : sight_(sight), units_(units) {
        for (const JobTask& task : sight.index.tasks) tasks_.emplace(task.name, &task);
        std::map<std::string, Json> rows;
        for (std::size_t at = 0; at < units.size(); ++at) {
            for (const std::string& name : sight.job.units[at].tasks) {
                rows[name] = row_of(sight.job.units[at], units[at], *tasks_.at(name));
            }
        }
        std::size_t index = 0;
        for (const JobTask& task : sight.index.tasks) {
            Json row = std::move(rows[task.name]);
            row["index"] = index++;
            count(task, row);
            rows_.push_back(std::move(row));
        }
    }

    Json head() const {
        Json head;
        head["job"] = 0;
        head["title"] = sight_.index.show;
        head["submitter"] = sight_.submitter;
        head["submission"] = sight_.submissions.empty() ? "" : sight_.submissions.back().uuid;
        head["state"] = state();
        head["priority"] = 0;
        head["submitted_at"] = utc_of(sight_.submitted_at);
        if (has_ended(units_)) head["finished_at"] = utc_of(finished_at());
        head["tasks"] = counts_;
        head["tasks"]["total"] = rows_.size();
        head["estimated_seconds"] = seconds_;
        head["estimated_seconds_done"] = seconds_done_;
        head["percent"] = percent();
        head["shots_total"] = shots_.size();
        head["shots_done"] = std::ranges::count_if(
            shots_, [](const auto& shot) { return shot.second["done"] == shot.second["total"]; });
        head["directory"] = sight_.directory;
        head["manager"] = sight_.manager;
        head["manager_ids"] =
            sight_.submissions.empty() ? Json::array() : Json(sight_.submissions.back().ids);
        const auto output = sight_.index.roots.find(takes_root);
        if (output != sight_.index.roots.end()) head["output"] = output->second;
        add_dailies(head);
        return head;
    }

    Json whole() {
        Json head = this->head();
        head["running"] = Json::array();
        head["failed"] = Json::array();
        for (const Json& row : rows_) {
            if (row["state"] == "running") head["running"].push_back(row);
            if (row["state"] == "failed") head["failed"].push_back(failed_row(row));
        }
        if (const std::string waits = why_it_waits(); !waits.empty()) head["waits"] = waits;
        head["shots"] = Json::array();
        for (auto& [name, shot] : shots_) head["shots"].push_back(shot);
        const auto takes = to_json_value(takes_of(rows_));
        return {{"format", format_of_listings}, {"job", head}, {"tasks", rows_}, {"takes", takes}};
    }

  private:
    Json row_of(const Unit& unit, const UnitSight& seen, const JobTask& task) const {
        Json row;
        row["task"] = task.name;
        row["index"] = 0;
        row["kind"] = word_of(task.kind);
        row["digest"] = task.digest.hex();
        row["estimated_seconds"] = task.cost.seconds;
        row["unit"] = unit.name;
        const auto attempts = sight_.attempts.find(unit.name);
        row["attempt"] = attempts == sight_.attempts.end() ? 0 : attempts->second.size();
        const auto done = sight_.done.find(task.name);
        if (done != sight_.done.end()) {
            add_result(done->second, row);
            return row;
        }
        row["state"] = word_of_standing(seen.standing);
        if (seen.standing == Standing::blocked) {
            row["blocked_by"] = {{"task", seen.task}, {"state", "failed"}};
            add_error(seen, row);
        } else if (seen.standing == Standing::failed) {
            add_failure(seen, task, row);
        } else if (seen.standing == Standing::running) {
            add_run(unit, seen, task, row);
        }
        return row;
    }

    static void add_result(const TaskResult& result, Json& row) {
        row["state"] = "done";
        if (result.made_by) {
            row["worker"] = result.made_by->host;
            row["ended_at"] = result.made_by->finished_at;
        }
        // As the workers' results are shown: with the figures of the kind inside.
        row["facts"] = to_json_value(result);
        Json facts = Json::parse(result.facts, nullptr, false);
        if (!facts.is_discarded()) row["facts"]["facts"] = std::move(facts);
    }

    static void add_error(const UnitSight& seen, Json& row) {
        row["error_kind"] = seen.kind;
        row["error"] = seen.text;
    }

    // The tasks after the one that failed were not tried.
    void add_failure(const UnitSight& seen, const JobTask& task, Json& row) const {
        add_error(seen, row);
        row["worker"] = seen.host;
        if (task.name == seen.task) return;
        row["state"] = "waiting";
        row["blocked_by"] = {{"task", seen.task}, {"state", "failed"}};
    }

    void add_run(const Unit& unit, const UnitSight& seen, const JobTask& task, Json& row) const {
        if (task.name != seen.task) {
            row["state"] = "waiting";
            return;
        }
        row["worker"] = seen.host;
        row["fraction"] = fraction_of_task(sight_, unit, tasks_, seen);
        row["text"] = seen.text;
        if (seen.attempt != nullptr) row["since"] = utc_of(seen.attempt->began_at);
    }

    static Json failed_row(const Json& row) {
        return {{"task", row["task"]},
                {"kind", row["error_kind"]},
                {"text", row["error"]},
                {"worker", row["worker"]},
                {"attempt", row["attempt"]}};
    }

    void count(const JobTask& task, const Json& row) {
        const auto state = row["state"].get<std::string>();
        counts_[state] = counts_.value(state, 0) + 1;
        seconds_ += task.cost.seconds;
        if (state == "done") seconds_done_ += task.cost.seconds;
        if (state == "running") seconds_run_ += task.cost.seconds * row.value("fraction", 0.0);
        if (task.shot.empty()) return;
        auto [shot, is_new] = shots_.try_emplace(task.shot);
        if (is_new) {
            shot->second = {
                {"shot", task.shot}, {"total", 0}, {"done", 0}, {"failed", 0}, {"running", 0}};
        }
        for (const std::string& counted : {std::string("total"), state}) {
            if (!shot->second.contains(counted)) continue;
            shot->second[counted] = shot->second[counted].get<int>() + 1;
        }
    }

    bool any(Standing standing) const {
        return std::ranges::any_of(
            units_, [&](const UnitSight& unit) { return unit.standing == standing; });
    }

    std::string state() const {
        if (any(Standing::running)) return "running";
        if (any(Standing::waiting)) {
            if (!is_handed_over()) return "stopped";
            const bool has_begun = any(Standing::done) || any(Standing::failed);
            return has_begun ? "running" : "queued";
        }
        if (any(Standing::failed)) return "failed";
        return any(Standing::cancelled) ? "cancelled" : "done";
    }

    // Somebody else will start what waits.
    bool is_handed_over() const {
        if (sight_.submissions.empty()) return false;
        const SubmissionState last = sight_.submissions.back().state;
        if (last == SubmissionState::cancelled || last == SubmissionState::refused) return false;
        return !sight_.report || !sight_.report->ids.empty();
    }

    std::string why_it_waits() const {
        if (any(Standing::running) || !any(Standing::waiting)) return sight_.not_asked;
        if (sight_.submissions.empty()) {
            return fmt::format("it was not submitted yet: `{}`", sight_.to_submit);
        }
        if (sight_.submissions.back().state == SubmissionState::refused) {
            return fmt::format(
                "{} did not accept it: `{}` submits it again", sight_.manager, sight_.to_submit);
        }
        if (!sight_.not_asked.empty()) return sight_.not_asked;
        if (sight_.submissions.back().state == SubmissionState::sending) {
            return fmt::format(
                "its submission was interrupted: `nightreel submit --job {}` "
                "completes it",
                sight_.directory);
        }
        if (!is_handed_over()) {
            return fmt::format(
                "{} does not know this job: `nightreel retry --job {}` hands over "
                "what is missing",
                sight_.manager,
                sight_.directory);
        }
        for (std::size_t at = 0; at < units_.size(); ++at) {
            const UnitSight& seen = units_[at];
            if (seen.standing != Standing::waiting || seen.text.empty()) continue;
            return fmt::format("{}: {}: {}", sight_.job.units[at].name, sight_.manager, seen.text);
        }
        return {};
    }

    std::int64_t finished_at() const {
        std::int64_t last = sight_.submitted_at;
        for (const UnitSight& unit : units_) {
            if (unit.attempt == nullptr) continue;
            last = std::max(last, unit.attempt->ended_at.value_or(unit.attempt->told_at));
        }
        return last;
    }

    double percent() const {
        if (seconds_ <= 0) return 0;
        return std::clamp(100 * (seconds_done_ + seconds_run_) / seconds_, 0.0, 100.0);
    }

    void add_dailies(Json& head) const {
        for (const JobTask& task : sight_.index.tasks) {
            const auto done = sight_.done.find(task.name);
            if (task.kind != TaskKind::dailies || done == sight_.done.end()) continue;
            const Json facts = Json::parse(done->second.facts, nullptr, false);
            if (!facts.is_object() || !facts.contains("folder")) continue;
            const auto root = sight_.index.roots.find(facts.value("root", std::string()));
            if (root == sight_.index.roots.end()) continue;
            head["dailies"] = fmt::format("{}/{}", root->second, facts.value("folder", ""));
        }
    }

    const JobSight& sight_;
    const std::vector<UnitSight>& units_;
    std::map<std::string, const JobTask*> tasks_;
    Json rows_ = Json::array();
    Json counts_ = {{"total", 0},
                    {"waiting", 0},
                    {"running", 0},
                    {"publishing", 0},
                    {"done", 0},
                    {"failed", 0},
                    {"cancelled", 0}};
    double seconds_ = 0;
    double seconds_done_ = 0;
    double seconds_run_ = 0;
    std::map<std::string, Json> shots_;
};

}  // namespace

Json job_status_of(const JobSight& sight, const std::vector<UnitSight>& units) {
    return Status(sight, units).whole();
}

Json job_head_of(const JobSight& sight, const std::vector<UnitSight>& units) {
    return Status(sight, units).head();
}

Json tasks_below(Json status, const std::string& path) {
    if (path.empty()) return status;
    Json rows = Json::array();
    for (const Json& row : status["tasks"]) {
        const auto name = row["task"].get<std::string>();
        if (name == path || name.starts_with(path + ".")) rows.push_back(row);
    }
    if (rows.empty()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} has no shot, take or task \"{}\"",
                                status["job"]["directory"].get<std::string>(),
                                path));
    }
    status["takes"] = to_json_value(takes_of(rows));
    status["tasks"] = std::move(rows);
    return status;
}

}  // namespace nightreel::cli
