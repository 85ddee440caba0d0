#include "plugins/flamenco/flamenco.h"

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

// What the job type's script turns into tasks.
Json units_of_night(const ManagerJob& job) {
    Json units = Json::array();
    for (const Unit& unit : job.units) {
        Json needs = Json::array();
        for (const auto* others : {&unit.needs, &unit.after}) {
            for (const std::uint32_t other : *others) needs.push_back(job.units[other].name);
        }
        // Workers with a GPU take tasks of the type "render", all take "misc".
        units.push_back({{"name", unit.name},
                         {"type", unit.resources.runs_model ? "render" : "misc"},
                         {"needs", std::move(needs)}});
    }
    return units;
}

ManagerFiles flamenco_files(const ManagerJob& job, const ManagersSection& site) {
    const Json flamenco{
        {"name", "nightreel " + job.show},
        {"type", "nightreel"},
        {"priority", site.flamenco.priority},
        {"submitter_platform", "linux"},
        {"settings", {{"job_directory", job.directory}, {"units", units_of_night(job).dump()}}},
        {"metadata", {{"nightreel_job", job.directory}}}};
    return {.texts = {{"flamenco.json", flamenco.dump(1) + "\n"},
                      {"nightreel.js", scripts::flamenco_nightreel},
                      {"submit.sh",
                       filled(scripts::flamenco_submit,
                              {{"manager", shell_word(site.flamenco.manager)}})}},
            .to_submit = "./submit.sh",
            .to_watch = "",
            .to_cancel = "",
            .names_place = true};
}

}  // namespace

FarmManager flamenco_manager() {
    return {.name = "flamenco",
            .meaning = "Flamenco 3: a job type of its own, sent over HTTP",
            .files = flamenco_files};
}

}  // namespace nightreel
