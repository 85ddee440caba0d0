#include "plugins/spooler/spooler.h"

#include <sstream>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/host_name.h"

namespace nightreel {
namespace {

constexpr const char* submit_script = R"(#!/bin/sh
# Hands the night to task-spooler and prints the numbers of its jobs, one a line.
set -eu
cd "$(dirname "$0")/@up@"
submission=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
export NIGHTREEL_SUBMISSION="$submission"

# submit UNIT NUMBER...: after the jobs with these numbers; those with a + may have failed.
submit() {
    tsp -L "$submission/$1" sh -c '
        for id; do
            case $id in
                +*) tsp -w "${id#+}" || : ;;
                *) tsp -w "$id" || exit 1 ;;
            esac
        done
        exec ./unit.sh "$0"' "$@"
}

@units@)";

ManagerFiles spooler_files(const ManagerJob& job, const ManagersSection&) {
    std::string units;
    for (std::size_t at = 0; at < job.units.size(); ++at) {
        const Unit& unit = job.units[at];
        std::string waits;
        for (const std::uint32_t other : unit.needs) waits += fmt::format(" $id_{}", other);
        for (const std::uint32_t other : unit.after) waits += fmt::format(" +$id_{}", other);
        units += fmt::format(
            "id_{0}=$(submit {1}{2}); echo \"$id_{0}\"\n", at, shell_word(unit.name), waits);
    }
    return {
        .texts = {{"submit.sh",
                   filled(submit_script, {{"up", directory_from_files(job)}, {"units", units}})}},
        .to_submit = "./submit.sh",
        .to_watch = "tsp",
        .to_cancel = "for id in $NIGHTREEL_IDS; do tsp -r $id || tsp -k $id; done"};
}

UnitState state_of(const std::string& state, const std::string& exit_code) {
    if (state == "running") return UnitState::running;
    if (state != "finished") return UnitState::waiting;
    return exit_code == "0" ? UnitState::done : UnitState::failed;
}

// A line of `tsp -l`: "3  finished  /tmp/ts-out.a1  0  0.01/0.00/0.00  [UUID/UNIT]sh -c ...".
ManagerReport spooler_query(const ManagerJob& job,
                            const ManagersSection&,
                            const Submission& submission,
                            const RunCommand& run) {
    const CommandEnd end = run({"tsp", "-l"}, "");
    if (end.code != 0) throw Error(ErrorKind::unreachable, "tsp -l: " + end.errors);
    ManagerReport report;
    std::istringstream lines(end.output);
    for (std::string line; std::getline(lines, line);) {
        std::string id;
        std::string state;
        std::string output;
        std::string exit_code;
        std::istringstream(line) >> id >> state >> output >> exit_code;
        for (const Unit& unit : job.units) {
            const std::string label = fmt::format("[{}/{}]", submission.uuid, unit.name);
            if (line.find(label) == std::string::npos) continue;
            report.ids.push_back(id);
            report.units.push_back(
                {.unit = unit.name, .state = state_of(state, exit_code), .host = host_name()});
        }
    }
    return report;
}

}  // namespace

FarmManager spooler_manager() {
    return {.name = "spooler",
            .meaning = "task-spooler 1.0: a queue on one machine",
            .files = spooler_files,
            .query = spooler_query};
}

}  // namespace nightreel
