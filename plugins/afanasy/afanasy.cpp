#include "plugins/afanasy/afanasy.h"

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr int capacity_of_core =
    100;                          // a host has 1000 for each of its tasks, unless told otherwise
constexpr int has_own_tasks = 0;  // flags of a block; 1: its tasks are numbers

// A mask is a regular expression that has to match the whole name.
std::string mask_of(const std::vector<std::string>& stages) {
    std::string mask;
    for (const std::string& stage : stages) mask += (mask.empty() ? "" : "|") + stage;
    return mask;
}

// An invalid block ends the server instead of being refused: every block has its tasks, and every
// mask names blocks that are there.
Json block_of(const ManagerJob& job, const ManagersSection& site, const std::string& stage) {
    Json tasks = Json::array();
    for (const Unit* unit : units_of(job, stage)) {
        tasks.push_back({{"name", unit->name}, {"command", shell_word(unit->name)}});
    }
    Json block{{"name", stage},
               {"service", site.afanasy.service},
               {"parser", "generic"},
               {"capacity", capacity_of_core * site.threads},
               {"working_directory", job.directory},
               {"flags", has_own_tasks},
               {"errors_retries", site.afanasy.errors_retries},
               {"command", shell_word(job.directory + "/unit.sh") + " @#@"},
               {"tasks", std::move(tasks)}};
    const std::int64_t memory = mebibytes_of(resources_of(units_of(job, stage)).memory_bytes);
    if (memory > 0) block["need_memory"] = memory;
    const std::vector<std::string> needed = stages_needed_by(job, stage);
    if (!needed.empty()) block["depend_mask"] = mask_of(needed);
    return block;
}

ManagerFiles afanasy_files(const ManagerJob& job, const ManagersSection& site) {
    Json blocks = Json::array();
    for (const std::string& stage : job.stages) blocks.push_back(block_of(job, site, stage));
    Json afanasy{{"name", "nightreel " + job.show},
                 {"user_name", site.afanasy.user},
                 {"host_name", "nightreel"},
                 {"priority", site.afanasy.priority},
                 {"folders", {{"input", job.directory}}},
                 {"blocks", std::move(blocks)}};
    if (site.afanasy.hosts_mask) afanasy["hosts_mask"] = *site.afanasy.hosts_mask;
    return {
        .texts = {{"afanasy.json", Json{{"job", std::move(afanasy)}}.dump(1) + "\n"},
                  {"submit.sh",
                   filled(scripts::afanasy_submit, {{"server", shell_word(site.afanasy.server)}})}},
        .to_submit = "./submit.sh",
        .to_watch = "",
        .to_cancel = "",
        .names_place = true};
}

}  // namespace

FarmManager afanasy_manager() {
    return {.name = "afanasy",
            .meaning = "Afanasy (CGRU): blocks over takes, sent over HTTP",
            .files = afanasy_files};
}

}  // namespace nightreel
