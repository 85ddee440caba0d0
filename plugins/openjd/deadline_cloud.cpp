#include "plugins/openjd/deadline_cloud.h"

#include <sstream>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Of "name: value" that stands at the left edge of YAML; a text in several lines is its first.
std::string yaml_value(const std::string& yaml, const std::string& name) {
    std::istringstream lines(yaml);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    }
    return {};
}

UnitState state_of(const std::string& status) {
    if (status == "SUCCEEDED") return UnitState::done;
    if (status == "CANCELED") return UnitState::cancelled;
    const bool is_over =
        status == "FAILED" || status == "NOT_COMPATIBLE" || status == "CREATE_FAILED";
    return is_over ? UnitState::failed : UnitState::waiting;
}

}  // namespace

ManagerReport ask_deadline_cloud(const ManagerJob& job,
                                 const ManagersSection&,
                                 const Submission& submission,
                                 const RunCommand& run) {
    const CommandEnd end = submission.ids.empty()
                               ? run({"deadline", "job", "get", submission.uuid}, "")
                               : run({"deadline", "job", "get", "--job-id", submission.ids[0]}, "");
    const std::string said = end.output + end.errors;
    if (said.find("ResourceNotFoundException") != std::string::npos) return {};
    if (end.code != 0) {
        throw Error(ErrorKind::unreachable, fmt::format("deadline job get: {}", said));
    }
    ManagerReport report;
    const std::string id = yaml_value(end.output, "jobId");
    if (id.empty()) return report;
    report.ids.push_back(id);
    const std::string created = yaml_value(end.output, "lifecycleStatus");
    const bool was_refused = created == "CREATE_FAILED";
    const std::string status = was_refused ? created : yaml_value(end.output, "taskRunStatus");
    const std::string why =
        was_refused ? yaml_value(end.output, "lifecycleStatusMessage") : std::string();
    for (const Unit& unit : job.units) {
        report.units.push_back(
            {.unit = unit.name,
             .state = state_of(status),
             .reason = fmt::format("the job is {}{}{}", status, why.empty() ? "" : ": ", why)});
    }
    return report;
}

}  // namespace nightreel
