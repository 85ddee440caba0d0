#include "plugins/managers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/afanasy/afanasy.h"
#include "plugins/deadline/deadline.h"
#include "plugins/flamenco/flamenco.h"
#include "plugins/opencue/opencue.h"
#include "plugins/openjd/openjd.h"
#include "plugins/royal_render/royal_render.h"
#include "plugins/shell/shell.h"
#include "plugins/slurm/slurm.h"
#include "plugins/tractor/tractor.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel {

const std::vector<FarmManager>& farm_managers() {
    static const std::vector<FarmManager> managers{slurm_manager(),
                                                   openjd_manager(),
                                                   opencue_manager(),
                                                   flamenco_manager(),
                                                   afanasy_manager(),
                                                   deadline_manager(),
                                                   tractor_manager(),
                                                   royal_render_manager(),
                                                   shell_manager()};
    return managers;
}

std::vector<std::string> farm_manager_names() {
    std::vector<std::string> names;
    for (const FarmManager& manager : farm_managers()) names.emplace_back(manager.name);
    return names;
}

const FarmManager& farm_manager_named(std::string_view name) {
    for (const FarmManager& manager : farm_managers()) {
        if (manager.name == name) return manager;
    }
    const std::vector<std::string> names = farm_manager_names();
    throw Error(ErrorKind::usage,
                fmt::format("unknown farm manager '{}': expected one of {}{}",
                            name,
                            fmt::join(names, ", "),
                            did_you_mean(std::string(name), names)));
}

}  // namespace nightreel
