#include "pipeline/plan/plan_report.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "shotspec/base/bytes_text.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr int plan_format = 1;
constexpr std::size_t columns = 12;
using Row = std::array<std::string, columns>;

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds + 0.5);
    if (whole < 60) return fmt::format("{:.1f} s", seconds);
    if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

std::string counted(std::int64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string window_text(const SegmentPlan& plan, bool is_anchored) {
    const Segment& first = plan.segments.front();
    if (plan.windows) {
        const std::string text = fmt::format("windowed: {} x {}, overlap {}",
                                             place_windows(plan.latent_count, *plan.windows).size(),
                                             plan.windows->latent_count,
                                             plan.windows->overlap);
        const auto& exchange = plan.windows->exchange;
        return exchange ? fmt::format("{}, exchange {}", text, *exchange) : text;
    }
    if (plan.segments.size() == 1) return fmt::format("1 x {}", first.latent_count);
    const Segment& second = plan.segments[1];
    const std::string all = fmt::format("{} x {}", plan.segments.size(), first.latent_count);
    if (is_anchored) return fmt::format("anchors: {} gaps", plan.segments.size());
    if (second.shared_frames)
        return fmt::format("chain: {}, overlap {}f", all, *second.shared_frames);
    if (second.history == 0) return all + ", cut";
    // The last of two has more history, not another overlap.
    if (plan.segments.size() == 2) return fmt::format("chain: {}, history {}", all, second.history);
    return fmt::format("chain: {}, overlap {}", all, second.history);
}

// Where takes of each shot go, relative to the output root: the first take's folder.
using TakeFolders = std::map<std::string, std::string>;

TakeFolders folders_of(const TaskGraph& graph) {
    TakeFolders folders;
    for (const PlannedTask& task : graph.tasks) {
        if (const auto* order = std::get_if<PublishOrder>(&task.order)) {
            folders.emplace(order->take.shot, order->folder);
        }
    }
    return folders;
}

// The path of the root that all takes lie below; empty for no takes.
std::string root_of(const NightPlan& plan) {
    return plan.roots.empty() || folders_of(plan.graph).empty() ? "" : plan.roots.begin()->second;
}

std::string folder_in(const TakeFolders& folders, const std::string& shot) {
    const auto found = folders.find(shot);
    return found == folders.end() ? std::string() : found->second;
}

// "4", "4, keep 1", "2 to 6, keep 1"
std::string takes_text(const ShotPlan& shot) {
    std::string text = fmt::format("{}", shot.takes);
    if (shot.first_round) text = fmt::format("{} to {}", *shot.first_round, shot.takes);
    return shot.keep ? fmt::format("{}, keep {}", text, *shot.keep) : text;
}

Row row_of(const ShotPlan& shot, const TakeFolders& folders) {
    const std::string folder = folder_in(folders, shot.shot);
    return {shot.shot,
            shot.model,
            fmt::format("{}x{}", shot.size.width, shot.size.height),
            fmt::format("{}-{}", shot.frames.first, shot.frames.last),
            takes_text(shot),
            shot.edit ? fmt::format("{}: {}",
                                    word_of(*shot.edit),
                                    counted(std::ssize(shot.segments.segments), "segment"))
                      : window_text(shot.segments, shot.strategy == Strategy::anchors),
            fmt::format("{}", shot.task_count),
            duration_text(shot.seconds),
            bytes_text(shot.memory_bytes),
            bytes_text(shot.resident_bytes),
            bytes_text(shot.disk_bytes),
            shot.takes > 1 ? folder + " ..." : folder};
}

Row sums_of(const PlanTotals& totals) {
    return {counted(totals.shots, "shot"),
            "",
            "",
            counted(totals.frames, "frame"),
            fmt::format("{}", totals.takes),
            counted(totals.segments, "segment"),
            fmt::format("{}", totals.tasks),
            duration_text(totals.seconds),
            bytes_text(totals.memory_bytes),
            bytes_text(totals.resident_bytes),
            bytes_text(totals.disk_bytes),
            ""};
}

// "recipe fastwan2.1-t2v; steps: 4 instead of 3"
std::string recipe_text(const RecipeUse& recipe) {
    std::string text = "recipe " + recipe.name;
    for (const std::string& change : recipe.changed) text += "; " + change;
    return text;
}

std::string aligned(const std::vector<Row>& rows) {
    std::array<std::size_t, columns> widths{};
    for (const Row& row : rows) {
        for (std::size_t column = 0; column < columns; ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < columns; ++column) {
            line += fmt::format("{:<{}}  ", row[column], widths[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

// What the times rest on, in whole lines.
std::string basis_text(const NightPlan& plan) {
    const EstimateBasis& basis = plan.basis;
    if (basis.measured_tasks == 0) {
        return "estimates: from the model cards; nothing was measured here yet\n";
    }
    std::string text = fmt::format("estimates: measured here on '{}'", basis.device_class);
    if (basis.measured_tasks < plan.totals.tasks) {
        text += fmt::format(", {} of {} tasks; the others from the model cards",
                            basis.measured_tasks,
                            plan.totals.tasks);
    }
    text += fmt::format("; processor time {}\n", duration_text(basis.processor_seconds));
    for (const std::string& other : basis.other_classes) {
        text += fmt::format("also measured on '{}': --device-class shows its times\n", other);
    }
    return text;
}

Json task_json(const PlannedTask& task, const TaskGraph& graph) {
    Json needs = Json::array();
    for (const std::uint32_t need : task.needs) needs.push_back(graph.tasks[need].name);
    Json json;
    json["name"] = task.name;
    json["kind"] = word_of(kind_of(task.order));
    json["shot"] = task.shot;
    json["take"] = task.take;
    json["digest"] = task.digest.hex();
    json["needs"] = std::move(needs);
    json["cost"] = to_json_value(task.cost);
    return json;
}

}  // namespace

std::string plan_table(const NightPlan& plan) {
    std::vector<Row> rows{{"shot",
                           "model",
                           "size",
                           "frames",
                           "takes",
                           "segments (latent frames)",
                           "tasks",
                           "time",
                           "memory (min)",
                           "memory (fast)",
                           "disk",
                           "output"}};
    const TakeFolders folders = folders_of(plan.graph);
    for (const ShotPlan& shot : plan.shots) rows.push_back(row_of(shot, folders));
    rows.push_back(sums_of(plan.totals));
    std::string remarks;
    for (const ShotPlan& shot : plan.shots) {
        if (shot.recipe) remarks += fmt::format("{}: {}\n", shot.shot, recipe_text(*shot.recipe));
        for (const std::string* note : {&shot.rate_note, &shot.approximation}) {
            if (!note->empty()) remarks += fmt::format("{}: {}\n", shot.shot, *note);
        }
    }
    return aligned(rows) + remarks + fmt::format("output: {}\n", root_of(plan)) +
           fmt::format("time: {} with one worker, {} with unlimited workers\n",
                       duration_text(plan.totals.seconds),
                       duration_text(plan.totals.chain_seconds)) +
           basis_text(plan) +
           "memory: every task runs with \"memory (min)\"; weights stay loaded with \"memory "
           "(fast)\"\n";
}

std::string plan_json(const NightPlan& plan) {
    Json json;
    json["format"] = plan_format;
    json["show"] = plan.show;
    json["night"] = plan.night.hex();
    json["totals"] = to_json_value(plan.totals);
    json["estimates"] = to_json_value(plan.basis);
    json["output"] = root_of(plan);
    json["shots"] = to_json_value(plan.shots);
    const TakeFolders folders = folders_of(plan.graph);
    for (Json& shot : json["shots"]) {
        shot["folder"] = folder_in(folders, shot.value("shot", std::string()));
    }
    json["tasks"] = Json::array();
    for (const PlannedTask& task : plan.graph.tasks) {
        json["tasks"].push_back(task_json(task, plan.graph));
    }
    return json.dump(1);
}

}  // namespace nightreel
