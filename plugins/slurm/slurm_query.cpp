#include "plugins/slurm/slurm_query.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "plugins/unit_arrays.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// As squeue(1) names states; all others are on a node.
UnitState slurm_state(const std::string& word, const std::string& reason) {
    // No node may run it, and Slurm holds it until somebody changes that.
    if (word == "PENDING" && reason == "BadConstraints") return UnitState::failed;
    static const std::map<UnitState, std::string> words{
        {UnitState::waiting, " PENDING REQUEUED REQUEUE_HOLD REQUEUE_FED SPECIAL_EXIT "},
        {UnitState::done, " COMPLETED "},
        {UnitState::failed,
         " FAILED TIMEOUT NODE_FAIL OUT_OF_MEMORY BOOT_FAIL DEADLINE PREEMPTED "},
        {UnitState::cancelled, " CANCELLED REVOKED "}};
    for (const auto& [state, named] : words) {
        if (named.find(" " + word + " ") != std::string::npos) return state;
    }
    return UnitState::running;
}

std::string slurm_reason(UnitState state, const std::string& word, const std::string& reason) {
    if (state == UnitState::running || state == UnitState::done) return {};
    if (state == UnitState::waiting) return reason;
    // Of a unit that was cancelled while it waited, Slurm keeps what it waited for.
    const bool tells = reason.ends_with("NeverSatisfied") || state == UnitState::failed;
    return tells && reason != "None" ? reason : word;
}

}  // namespace

// By the UUID, which stands in the comment and in the command of each array, before its name.
ManagerReport slurm_query(const ManagerJob& job,
                          const ManagersSection& site,
                          const Submission& submission,
                          const RunCommand& run) {
    std::vector<std::string> command{"env"};
    for (const char* filter : {"ACCOUNT", "LICENSES", "NAMES", "PARTITION", "QOS", "USERS"}) {
        command.insert(command.end(), {"-u", fmt::format("SQUEUE_{}", filter)});
    }
    command.insert(command.end(),
                   {"squeue",
                    "--all",
                    "--array",
                    "--states=all",
                    "--noheader",
                    "--format=%F|%K|%T|%r|%B|%k %o"});
    const CommandEnd end = run(command, "");
    if (end.code != 0) throw Error(ErrorKind::unreachable, "squeue: " + end.errors);

    std::map<std::pair<std::string, std::string>, const Unit*> unit_of;
    const ManagerJob part = only_units(job, {submission.units.begin(), submission.units.end()});
    for (const UnitArray& array : unit_arrays_of(part, site.slurm.array_max)) {
        for (const auto& [number, unit] : array.members) {
            unit_of[{array.name, fmt::format("{}", number)}] = unit;
        }
    }
    std::set<std::int64_t> ids;
    std::map<const Unit*, std::pair<std::int64_t, UnitReport>> reports;  // of its latest array
    static const std::regex line_form(R"((\d{1,18})\|(\d+)\|([A-Z_]+)\|([^|]*)\|([^|]*)\|.*)");
    std::istringstream lines(end.output);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t uuid = line.find(submission.uuid);
        std::smatch field;
        if (uuid == std::string::npos || !std::regex_match(line, field, line_form)) continue;
        std::string name;
        std::istringstream(line.substr(uuid + submission.uuid.size())) >> name;
        const auto unit = unit_of.find({name, field[2]});
        if (unit == unit_of.end()) continue;
        const std::int64_t id = std::stoll(field[1]);
        ids.insert(id);
        const UnitState state = slurm_state(field[3], field[4]);
        auto& [latest, known] = reports[unit->second];
        if (id < latest) continue;
        latest = id;
        known = {.unit = unit->second->name,
                 .state = state,
                 .host = field[5] == "n/a" ? "" : field[5].str(),
                 .reason = slurm_reason(state, field[3], field[4])};
    }
    ManagerReport report;
    for (const std::int64_t id : ids) report.ids.push_back(fmt::format("{}", id));
    for (auto& [unit, known] : reports) report.units.push_back(std::move(known.second));
    return report;
}

}  // namespace nightreel
