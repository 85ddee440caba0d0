#include "plugins/shell/shell.h"

#include <algorithm>

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files

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

ManagerFiles shell_files(const ManagerJob& job, const ManagersSection&) {
    ManagerFiles files{
        .texts = {{"run.sh", scripts::shell_run}, {"shell/logged.sh", scripts::shell_logged}},
        .to_submit = "./run.sh 2",
        .to_watch = "tail -n 1 logs/*.log",
        .to_cancel = ""};
    const std::vector<std::uint32_t> levels = levels_of(job);
    for (std::size_t at = 0; at < job.units.size(); ++at) {
        files.texts[fmt::format("shell/level.{:05}", levels[at])] += job.units[at].name + "\n";
    }
    return files;
}

}  // namespace

FarmManager shell_manager() {
    return {.name = "shell",
            .meaning = "a shell script that runs several units at once on one machine",
            .files = shell_files};
}

}  // namespace nightreel
