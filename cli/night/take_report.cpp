#include "cli/night/take_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace nightreel::cli {
namespace {

double number_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

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

void add_task(TakeRow& take, const Json& task) {
    const std::string state = task.value("state", std::string("waiting"));
    if (take.tasks == 0 || weight_of(state) > weight_of(take.state)) take.state = state;
    ++take.tasks;
    take.tasks_done += state == "done" ? 1U : 0U;
    const std::string kind = task.value("kind", std::string());
    take.segments += kind == "sample" ? 1U : 0U;
    if (state == "failed" && take.error.empty()) take.error = task.value("error", std::string());
    const Json result = task.value("facts", Json::object());
    const Json facts = result.is_object() ? result.value("facts", Json::object()) : Json::object();
    if (kind == "measure" && facts.is_object() && facts.contains("seam_ratio_median")) {
        take.measured = true;
        take.seam_ratio_median = number_at(facts, "seam_ratio_median");
        take.seam_ratio_max = number_at(facts, "seam_ratio_max");
        take.drift = number_at(facts, "drift");
    }
}

std::string seams_text(const TakeRow& take) {
    if (!take.measured) return "";
    if (take.segments < 2) return "one segment";
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
    return takes;
}

std::string take_table(const std::vector<TakeRow>& takes) {
    if (takes.empty()) return {};
    std::size_t width = 4;
    for (const TakeRow& take : takes) width = std::max(width, take.name.size());
    std::string text = fmt::format("{:{}}  {:9}  {:>8}  {:20}  {:>6}\n",
                                   "take",
                                   width,
                                   "state",
                                   "segments",
                                   "seam ratio at joints",
                                   "drift");
    for (const TakeRow& take : takes) {
        text += fmt::format("{:{}}  {:9}  {:>8}  {:20}  {:>6}{}\n",
                            take.name,
                            width,
                            take.state,
                            take.segments,
                            seams_text(take),
                            take.measured ? fmt::format("{:.1f}", take.drift) : "",
                            take.error.empty() ? "" : "  " + take.error);
    }
    return text;
}

}  // namespace nightreel::cli
