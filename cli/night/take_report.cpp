#include "cli/night/take_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/json_values.h"
#include "pipeline/plan/estimate/task_rates.h"
#include "pipeline/plan/rounds/round_facts.h"

namespace nightreel::cli {
namespace {

// The part of a task's name before its last dot, when that part names a take.
std::string take_of(const std::string& task) {
    const std::size_t last = task.rfind('.');
    if (last == std::string::npos) return {};
    const std::string owner = task.substr(0, last);
    const std::size_t dot = owner.rfind('.');
    return dot != std::string::npos && owner.compare(dot, 5, ".take") == 0 ? owner : std::string();
}

// The worse state wins: one failed task makes a failed take.
int weight_of(const std::string& state) {
    static const std::map<std::string, int> weights{{"done", 0},
                                                    {"waiting", 1},
                                                    {"publishing", 2},
                                                    {"running", 2},
                                                    {"cancelled", 3},
                                                    {"failed", 4}};
    const auto found = weights.find(state);
    return found == weights.end() ? 1 : found->second;
}

// What becomes of a take for this task: a task that waits for a failed one will never run.
std::string state_for_take(const Json& task) {
    const auto blocking = task.find("blocked_by");
    return blocking == task.end() ? task.value("state", std::string("waiting"))
                                  : text_at(*blocking, "state");
}

void note_failure(TakeRow& take, const Json& task) {
    if (!take.failed_task.empty()) return;
    const auto blocking = task.find("blocked_by");
    take.failed_task = text_at(blocking == task.end() ? task : *blocking, "task");
    take.error_kind = text_at(task, "error_kind");
    take.error = text_at(task, "error");
}

// The own figures of a task's result; an empty object where there are none.
Json facts_of(const Json& task) {
    const Json result = task.value("facts", Json::object());
    Json facts = result.is_object() ? result.value("facts", Json::object()) : Json::object();
    return facts.is_object() ? facts : Json::object();
}

void add_task(TakeRow& take, const Json& task) {
    const std::string state = state_for_take(task);
    if (take.tasks == 0 || weight_of(state) > weight_of(take.state)) take.state = state;
    ++take.tasks;
    take.tasks_done += state == "done" ? 1U : 0U;
    const std::string kind = task.value("kind", std::string());
    take.segments += kind == "sample" ? 1U : 0U;
    if (state == "failed") note_failure(take, task);
    const Json facts = facts_of(task);
    if (kind == "measure" && facts.contains("seam_ratio_median")) {
        take.measured = true;
        take.seam_ratio_median = number_at(facts, "seam_ratio_median");
        take.seam_ratio_max = number_at(facts, "seam_ratio_max");
        take.drift = number_at(facts, "drift");
    }
    if (kind == "publish" && facts.contains(not_needed_fact)) take.state = "not needed";
    if (kind == "publish" && facts.contains("flag")) {
        take.flags = static_cast<std::uint32_t>(number_at(facts, "flags"));
        take.flag = text_at(facts, "flag");
    }
}

// What the last ranking of a shot says of its takes; earlier rounds come before it.
void mark_ranked(std::vector<TakeRow>& takes,
                 const std::map<std::string, std::size_t>& places,
                 const Json& task) {
    const std::string name = task.value("task", std::string());
    const Json facts = facts_of(task);
    if (!facts.contains(ranking_fact)) return;
    for (const Json& ranked : facts[ranking_fact].value("takes", Json::array())) {
        const auto take = places.find(fmt::format("{}.take{:02}",
                                                  name.substr(0, name.rfind('.')),
                                                  number_of<std::int32_t>(ranked, "take")));
        if (take == places.end()) continue;
        takes[take->second].place = number_of<std::int32_t>(ranked, "place");
        takes[take->second].kept = ranked.value("kept", false);
    }
}

// "1, kept"; empty where nothing was ranked.
std::string place_text(const TakeRow& take) {
    if (!take.place) return {};
    return fmt::format("{}{}", *take.place, take.kept.value_or(true) ? ", kept" : "");
}

// "encode failed (crash)": which task, without the take's or shot's name in front.
std::string failure_text(const TakeRow& take) {
    if (take.failed_task.empty()) return {};
    const std::string& task = take.failed_task;
    const std::string shot = take.name.substr(0, take.name.find('.'));
    const bool is_own = task.starts_with(shot + ".");
    return fmt::format(
        "{} failed ({})", is_own ? task.substr(task.rfind('.') + 1) : task, take.error_kind);
}

std::string seams_text(const TakeRow& take) {
    if (!take.measured) return "";
    // A single segment can have joints with frames of a clip.
    const bool has_joints = take.seam_ratio_max > 0;
    if (!has_joints) return take.segments < 2 ? "one segment" : "separate clips";
    return fmt::format("{:.2f} (worst {:.2f})", take.seam_ratio_median, take.seam_ratio_max);
}

}  // namespace

std::vector<TakeRow> takes_of(const Json& tasks) {
    std::vector<TakeRow> takes;
    std::map<std::string, std::size_t> places;
    for (const Json& task : tasks) {
        const std::string name = take_of(task.value("task", std::string()));
        if (name.empty()) continue;
        const auto [place, is_new] = places.try_emplace(name, takes.size());
        if (is_new) takes.push_back({.name = name});
        add_task(takes[place->second], task);
    }
    for (const Json& task : tasks) {
        if (task.value("kind", std::string()) == "rank") mark_ranked(takes, places, task);
    }
    return takes;
}

NightYield yield_of(const Json& tasks) {
    NightYield yield{.device_seconds = 0};
    for (const Json& task : tasks) {
        if (task.value("state", std::string()) != "done") continue;
        const Json facts = facts_of(task);
        const Json measured = facts.value(measured_fact, Json::object());
        if (!task.value("cached", false) && measured.is_object()) {
            *yield.device_seconds += number_at(measured, "elapsed_seconds");
        }
        const bool is_take = task.value("kind", std::string()) == "publish";
        if (!is_take || facts.contains(not_needed_fact)) continue;
        ++yield.takes;
        if (number_at(facts, "flags") > 0) continue;
        ++yield.usable;
        yield.usable_seconds += number_at(facts, "length_seconds");
    }
    return with_ratios(yield);
}

Json with_yield(Json status) {
    if (status.contains("tasks")) status["yield"] = to_json_value(yield_of(status["tasks"]));
    return status;
}

std::string take_table(const std::vector<TakeRow>& takes) {
    if (takes.empty()) return {};
    std::size_t width = 4;
    for (const TakeRow& take : takes) width = std::max(width, take.name.size());
    const bool ranked =
        std::ranges::any_of(takes, [](const auto& take) { return take.place.has_value(); });
    const std::size_t places = ranked ? 10 : 0;
    std::size_t states = 9;
    for (const TakeRow& take : takes) states = std::max(states, take.state.size());
    std::string text = fmt::format("{:{}}  {:{}}{:{}}  {:>8}  {:20}  {:>6}\n",
                                   "take",
                                   width,
                                   "state",
                                   states,
                                   ranked ? "  place" : "",
                                   places,
                                   "segments",
                                   "seam ratio at joints",
                                   "drift");
    for (const TakeRow& take : takes) {
        std::string line = fmt::format("{:{}}  {:{}}{:{}}  {:>8}  {:20}  {:>6}  {}",
                                       take.name,
                                       width,
                                       take.state,
                                       states,
                                       ranked ? "  " + place_text(take) : "",
                                       places,
                                       take.segments,
                                       seams_text(take),
                                       take.measured ? fmt::format("{:.1f}", take.drift) : "",
                                       failure_text(take).empty() ? take.flag : failure_text(take));
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string yield_line(const Json& tasks) {
    const std::string text = yield_text(yield_of(tasks));
    return text.empty() ? text : text + "\n";
}

}  // namespace nightreel::cli
