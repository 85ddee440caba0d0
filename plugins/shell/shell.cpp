#include "plugins/shell/shell.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Units of one level wait only for units of earlier ones, which have ended by then, well or not.
std::vector<std::uint32_t> levels_of(const ManagerJob& job) {
    std::vector<std::uint32_t> levels;
    for (const Unit& unit : job.units) {
        std::uint32_t level = 0;
        for (const auto* others : {&unit.needs, &unit.after}) {
            for (const std::uint32_t other : *others) level = std::max(level, levels[other] + 1);
        }
        levels.push_back(level);
    }
    return levels;
}

ManagerFiles shell_files(const ManagerJob& job, const ManagersSection& site) {
    const std::vector<std::pair<std::string, std::string>> values{
        {"job", directory_from_files(job)}, {"units", fmt::format("{}", site.shell.units)}};
    ManagerFiles files{.texts = {{"cancel.sh", scripts::shell_cancel},
                                 {"run.sh", scripts::shell_run},
                                 {"submit.sh", scripts::shell_submit},
                                 {"shell/lock.sh", scripts::shell_lock},
                                 {"shell/logged.sh", scripts::shell_logged},
                                 {"shell/status.sh", scripts::shell_status}},
                       .to_submit = "./submit.sh",
                       .to_watch = "tail -n 1 logs/*.log",
                       .to_cancel = "./cancel.sh"};
    for (auto& [name, text] : files.texts) text = filled(text, values);
    const std::vector<std::uint32_t> levels = levels_of(job);
    for (std::size_t at = 0; at < job.units.size(); ++at) {
        files.texts[fmt::format("shell/level.{:05}", levels[at])] += job.units[at].name + "\n";
    }
    return files;
}

// What status.sh tells of a submission: its runs, one after the other.
struct ShellRuns {
    std::vector<std::string> ids;
    std::string host;  // of the last
    bool is_alive = false;
    bool is_cancelled = false;
    std::map<std::string, UnitReport> units;  // that began
};

bool is_at_work(const UnitReport& unit) {
    return unit.state == UnitState::running;
}

UnitReport ended_unit(const std::string& name, const std::string& host, const std::string& code) {
    if (code == "0") return {.unit = name, .state = UnitState::done, .host = host};
    return {.unit = name,
            .state = code == "7" ? UnitState::cancelled : UnitState::failed,
            .host = host,
            .reason = "exit code " + code};
}

ShellRuns shell_runs_of(const std::string& told) {
    ShellRuns runs;
    std::istringstream lines(told);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string what;
        std::string name;
        std::string value;
        words >> what >> name >> value;
        if (what == "alive") runs.is_alive = true;
        if (what == "cancelled") runs.is_cancelled = true;
        if (what == "run") {
            runs.ids.push_back(fmt::format("{}.{}", name, value));
            runs.host = name;
            runs.is_cancelled = false;
            std::erase_if(runs.units, [](const auto& unit) { return is_at_work(unit.second); });
        }
        if (what == "begin") {
            runs.units[name] = {.unit = name, .state = UnitState::running, .host = runs.host};
        }
        if (what == "end") runs.units[name] = ended_unit(name, runs.host, value);
    }
    return runs;
}

// Of a run that was killed, or whose machine went down, only units that ended are known; as a
// whole it is lost.
ManagerReport shell_query(const ManagerJob& job,
                          const ManagersSection&,
                          const Submission& submission,
                          const RunCommand& run) {
    const std::string script = fmt::format("{}/{}/shell/status.sh", job.directory, job.files);
    const CommandEnd end = run({script, submission.uuid}, "");
    if (end.code != 0) throw Error(ErrorKind::unreachable, script + ": " + end.errors);
    const ShellRuns runs = shell_runs_of(end.output);
    ManagerReport report{.ids = runs.ids, .units = {}};
    const UnitState of_others = runs.is_cancelled ? UnitState::cancelled : UnitState::waiting;
    for (const std::string& unit : submission.units) {
        const auto begun = runs.units.find(unit);
        if (begun != runs.units.end() && (runs.is_alive || !is_at_work(begun->second))) {
            report.units.push_back(begun->second);
        } else if (runs.is_alive || runs.is_cancelled) {
            report.units.push_back({.unit = unit, .state = of_others});
        }
    }
    if (report.units.size() < submission.units.size()) report.ids.clear();
    return report;
}

}  // namespace

FarmManager shell_manager() {
    return {.name = "shell",
            .meaning = "a shell script that runs several units at once on one machine",
            .files = shell_files,
            .query = shell_query};
}

}  // namespace nightreel
