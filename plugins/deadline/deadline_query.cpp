#include "plugins/deadline/deadline_query.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>

#include <fmt/format.h>

#include "plugins/key_values.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

class DeadlineFarm {
  public:
    DeadlineFarm(const ManagersSection& site, const RunCommand& run)
        : command_(site.deadline.command), run_(run) {}

    std::vector<KeyValues> ask(std::vector<std::string> words) const {
        words.insert(words.begin(), command_);
        const CommandEnd end = run_(words, "");
        static const std::regex error("(?:^|\n)[ \t]*(Error:[^\r\n]*)");
        std::smatch said;
        // Also with exit code 0: an answer without jobs would mean that the night is not there.
        if (std::regex_search(end.output, said, error)) fail(words.at(1), said[1]);
        if (end.code != 0) fail(words.at(1), fmt::format("exit code {}", end.code));
        return key_values_of(end.output);
    }

  private:
    [[noreturn]] void fail(const std::string& question, const std::string& why) const {
        throw Error(ErrorKind::unreachable, fmt::format("{} {}: {}", command_, question, why));
    }

    std::string command_;
    const RunCommand& run_;
};

UnitState state_of(const std::string& status) {
    if (status == "Completed") return UnitState::done;
    if (status == "Rendering") return UnitState::running;
    if (status == "Failed") return UnitState::failed;
    return UnitState::waiting;
}

// Tasks are numbered from 0 in the order of the frames, one for each unit.
std::optional<std::size_t> place_of(const KeyValues& task) {
    const std::string text = value_of(task, {"taskid", "id"});
    std::size_t place = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), place);
    if (fault != std::errc() || end != text.data() + text.size()) return {};
    return place;
}

UnitReport report_of(const Unit& unit, const KeyValues& task) {
    const std::string status = value_of(task, {"taskstatus", "jobstatus", "status"});
    UnitReport report{.unit = unit.name, .state = state_of(status)};
    report.host =
        value_of(task, {"taskslavename", "slavename", "taskworkername", "workername", "taskslave"});
    const std::string errors = value_of(task, {"taskerrorcount", "errorcount"});
    if (report.state == UnitState::failed) {
        report.reason = fmt::format("{} errors", errors.empty() ? "several" : errors);
    } else if (report.state == UnitState::waiting) {
        report.reason = status;
    }
    return report;
}

void add_units(const DeadlineFarm& farm,
               const std::vector<ArrayMember>& frames,
               const KeyValues& found,
               ManagerReport& report) {
    const std::string status = value_of(found, {"jobstatus", "status"});
    if (status == "Completed" || status == "Pending") {  // of the job as of each task
        for (const ArrayMember& frame : frames) {
            report.units.push_back(report_of(*frame.unit, found));
        }
        return;
    }
    for (const KeyValues& task : farm.ask({"GetJobTasks", report.ids.back()})) {
        const auto place = place_of(task);
        if (place && *place < frames.size()) {
            report.units.push_back(report_of(*frames[*place].unit, task));
        }
    }
}

}  // namespace

std::vector<FrameJob> deadline_jobs_of(const ManagerJob& job) {
    constexpr std::int64_t tasks_max = 5000;  // Deadline's own limit, unless a site changes it
    return frame_jobs_of(job, tasks_max);
}

std::string deadline_job_name(const ManagerJob& job, const FrameJob& frames) {
    return fmt::format("nightreel {} {}", job.show, frames.name);
}

ManagerReport deadline_query(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run) {
    const DeadlineFarm farm(site, run);
    std::vector<std::string> words{"GetJobsFilterIni"};  // jobs that match any of the filters
    const std::vector<FrameJob> jobs = deadline_jobs_of(job);
    for (const FrameJob& frames : jobs) {
        words.push_back("JobName=" + deadline_job_name(job, frames));
    }
    ManagerReport report;
    for (const KeyValues& found : farm.ask(std::move(words))) {
        const bool is_ours = std::ranges::any_of(found, [&](const auto& entry) {
            return entry.second.find(submission.uuid) != std::string::npos;
        });
        const std::string name = value_of(found, {"jobname", "name"});
        const auto frames = std::ranges::find_if(
            jobs, [&](const FrameJob& one) { return deadline_job_name(job, one) == name; });
        const std::string id = value_of(found, {"id", "jobid"});
        if (!is_ours || frames == jobs.end() || id.empty()) continue;
        report.ids.push_back(id);
        add_units(farm, frames->frames, found, report);
    }
    return report;
}

}  // namespace nightreel
