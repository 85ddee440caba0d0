#include "cli/night/damaged_takes.h"

#include <fmt/format.h>

#include "pipeline/takes/take_check.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

// The own figures of a task's result; an empty object where there are none.
Json figures_of(const Json& task) {
    const Json result = task.value("facts", Json::object());
    Json own = result.is_object() ? result.value("facts", Json::object()) : Json::object();
    return own.is_object() ? own : Json::object();
}

bool is_published(const Json& task) {
    return task.value("kind", std::string()) == "publish" &&
           task.value("state", std::string()) == "done";
}

}  // namespace

std::vector<DamagedTake> damaged_takes(const Json& tasks, const fs::path& output) {
    std::vector<DamagedTake> damaged;
    std::error_code ignored;
    if (output.empty() || !fs::is_directory(output, ignored)) return damaged;
    for (const Json& task : tasks) {
        if (!is_published(task)) continue;
        const Json figures = figures_of(task);
        const std::string place = figures.value("folder", std::string());
        if (place.empty()) continue;
        const fs::path folder = output / place;
        const TakeCheck check = check_take(folder);
        if (check.is_whole()) continue;
        damaged.push_back({task.value("task", std::string()),
                           folder,
                           fs::exists(folder, ignored) ? damage_text(check) : "deleted"});
    }
    return damaged;
}

std::string damage_lines(const std::vector<DamagedTake>& takes) {
    std::string lines;
    for (const DamagedTake& take : takes) {
        lines += fmt::format("{}: {} ({})\n",
                             take.task.substr(0, take.task.rfind('.')),
                             take.damage,
                             take.folder.string());
    }
    return lines;
}

}  // namespace nightreel::cli
