#include "plugins/afanasy/afanasy_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "plugins/afanasy/afanasy_blocks.h"
#include "plugins/http_answer.h"

namespace nightreel {
namespace {

Json ask_afserver(const std::string& server, Json what, const RunCommand& run) {
    what["type"] = "jobs";
    const std::string address = fmt::format("http://{}/", server);
    const std::string text = Json{{"get", std::move(what)}}.dump();
    // Without its length in this header the server answers nothing.
    const std::vector<std::string> headers{fmt::format("AFANASY: {}", text.size()), "Expect:"};
    return json_of(ask_over_http(run, {address}, headers, text).front(), address);
}

UnitReport report_of_task(const std::string& name, const Json& task, bool is_offline) {
    const std::string state = task.value("state", "");
    const auto is = [&](const char* word) { return state.find(word) != std::string::npos; };
    const std::string failures = fmt::format("{} failed runs", task.value("err", 0));
    UnitReport unit{.unit = name, .host = task.value("hst", "")};
    const auto says = [&](UnitState unit_state, std::string reason = {}) {
        unit.state = unit_state;
        unit.reason = std::move(reason);
        return unit;
    };
    if (is("RUN")) return says(UnitState::running);
    if (is("SKP")) return says(UnitState::cancelled, "skipped");
    if (is("DON")) return says(UnitState::done);
    if (is("ERR")) return says(UnitState::failed, failures);
    if (is_offline) return says(UnitState::waiting, "the job is offline");
    if (is("SUS")) return says(UnitState::waiting, "suspended");
    if (is("RER")) return says(UnitState::waiting, failures);
    return says(UnitState::waiting, is("WDP") ? "waits for other units" : "");
}

// Its blocks are those that were made of the same units.
void add_units(const std::vector<AfanasyBlock>& made,
               const Json& listed,
               const Json& tasks,
               ManagerReport& report) {
    const bool is_offline = listed.value("state", "").find("OFF") != std::string::npos;
    const Json& blocks = listed.at("blocks");
    for (std::size_t number = 0; number < blocks.size(); ++number) {
        const auto block = std::ranges::find(
            made, blocks[number].at("name").get<std::string>(), &AfanasyBlock::name);
        if (block == made.end()) continue;  // that somebody added
        for (std::size_t at = 0; at < block->members.size(); ++at) {
            report.units.push_back(
                report_of_task(block->members[at].unit->name, tasks.at(number).at(at), is_offline));
        }
    }
}

}  // namespace

ManagerReport afanasy_report(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run) {
    const std::string& server = site.afanasy.server;
    const ManagerJob part = only_units(job, {submission.units.begin(), submission.units.end()});
    const std::vector<AfanasyBlock> blocks = afanasy_blocks_of(part);
    return understood("afserver at " + server, [&] {
        ManagerReport report;
        const Json answer = ask_afserver(server, {{"mask", "nightreel .*"}}, run);
        for (const Json& listed : answer.value("jobs", Json::array())) {
            if (listed.value("description", "") != "nightreel " + submission.uuid) continue;
            const Json id = listed.at("id");
            const Json progress =
                ask_afserver(server, {{"ids", Json::array({id})}, {"mode", "progress"}}, run);
            report.ids.push_back(id.dump());
            add_units(blocks, listed, progress.at("job_progress").at("progress"), report);
        }
        return report;
    });
}

}  // namespace nightreel
