#include "plugins/unit_files.h"

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files

namespace nightreel {
std::map<std::string, std::string> unit_files(const ManagerJob& job, const ManagersSection& site) {
    std::map<std::string, std::string> texts;
    for (const Unit& unit : job.units) {
        std::string& text = texts["units/" + unit.name];
        for (const std::string& task : unit.tasks) text += task + "\n";
        texts["stages/" + unit.stage] += fmt::format("{} {}\n", unit.member, unit.name);
    }
    texts["member.sh"] = scripts::member;
    texts["unit.sh"] = filled(scripts::unit,
                              {{"program", shell_word(render_program_of(site))},
                               {"options", shell_words(render_options(site))}});
    return texts;
}

}  // namespace nightreel
