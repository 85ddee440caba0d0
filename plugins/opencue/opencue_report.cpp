#include "plugins/opencue/opencue_report.h"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/http_answer.h"
#include "plugins/opencue/opencue.h"
#include "plugins/scripts.h"  // from the script files
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int no_pycue = 10;  // exit code of cue.py

using UnitsByFrame = std::map<std::pair<std::string, std::int64_t>, std::string>;

UnitsByFrame units_by_frame(const ManagerJob& job) {
    UnitsByFrame units;
    for (const Unit& unit : job.units) {
        units[{opencue_layer_name(unit.stage, 0), unit.member}] = unit.name;
    }
    return units;
}

// A later part of a stage is the layer "take_part2".
std::string stage_of_layer(const std::string& layer) {
    return layer.substr(0, layer.find("_part"));
}

UnitReport report_of_frame(const std::string& name, const Json& frame, const Json& job) {
    UnitReport unit{.unit = name, .host = frame.at("host").get<std::string>()};
    const auto state = frame.at("state").get<std::string>();
    if (state == "RUNNING" || state == "CHECKPOINT") {
        unit.state = UnitState::running;
    } else if (state == "SUCCEEDED") {
        unit.state = UnitState::done;
    } else if (state == "DEAD") {
        unit.state = UnitState::failed;
        unit.reason = fmt::format("exit status {}, {} retries",
                                  frame.at("exit_status").get<int>(),
                                  frame.at("retries").get<int>());
    } else if (state == "EATEN" || job.at("state") == "FINISHED") {
        unit.state = UnitState::cancelled;
        unit.reason = state == "EATEN" ? "eaten" : "the job was killed";
    } else if (job.at("paused") == true) {
        unit.reason = "the job is paused";
    } else if (state == "DEPEND") {
        unit.reason = "waits for other units";
    }
    return unit;
}

}  // namespace

std::vector<std::string> opencue_python(const OpenCueSite& site) {
    std::vector<std::string> words;
    if (!site.cuebots.empty()) {
        words = {"env", fmt::format("CUEBOT_HOSTS={}", fmt::join(site.cuebots, ","))};
    }
    words.push_back(site.python);
    return words;
}

ManagerReport opencue_report(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run) {
    std::vector<std::string> command = opencue_python(site.opencue);
    command.insert(command.end(), {"-", "query", submission.uuid});
    const CommandEnd end = run(command, scripts::opencue_cue);
    if (end.code != 0) {
        throw Error(end.code == no_pycue ? ErrorKind::unavailable : ErrorKind::unreachable,
                    fmt::format("OpenCue cannot be asked: {}", end.errors));
    }
    return understood("cue.py", [&] {
        const UnitsByFrame units = units_by_frame(job);
        ManagerReport report;
        const Json answer = Json::parse(end.output);
        for (const Json& found : answer.at("jobs")) {
            report.ids.push_back(found.at("id").get<std::string>());
            for (const Json& frame : found.at("frames")) {
                const auto layer = frame.at("layer").get<std::string>();
                const auto unit =
                    units.find({stage_of_layer(layer), frame.at("number").get<std::int64_t>()});
                if (unit == units.end()) continue;  // a layer that somebody added
                report.units.push_back(report_of_frame(unit->second, frame, found));
            }
        }
        return report;
    });
}

}  // namespace nightreel
