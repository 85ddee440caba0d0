#include "plugins/afanasy/afanasy.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/afanasy/afanasy_blocks.h"
#include "plugins/afanasy/afanasy_report.h"
#include "plugins/scripts.h"  // from the script files
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr int capacity_of_core = 100;
constexpr int has_numbers = 1;  // flags of a block, without which its frames end afserver

// afserver does not know which GPUs are taken: a ticket counts them, else the capacity.
void add_resources(Json& json, const UnitResources& resources, const ManagersSection& site) {
    const bool on_gpu = resources.runs_model && site.device != "cpu";
    const int processors = std::min(capacity_of_core * site.threads, site.afanasy.capacity);
    json["capacity"] = on_gpu ? site.afanasy.capacity : processors;
    const std::int64_t memory = mebibytes_of(resources.memory_bytes);
    if (memory > 0) json[on_gpu ? "need_gpu_mem_mb" : "need_memory"] = memory;
    if (on_gpu && site.afanasy.gpu_ticket) json["tickets"] = {{*site.afanasy.gpu_ticket, 1}};
}

Json block_of(const ManagerJob& job, const ManagersSection& site, const AfanasyBlock& block) {
    const AfanasySite& afanasy = site.afanasy;
    const char* parser = afanasy.service == "nightreel" ? "nightreel" : "generic";
    const std::string units = fmt::format("{}/afanasy/{}", files_directory(job), block.name);
    Json json{{"name", block.name},
              {"service", afanasy.service},
              {"parser", afanasy.parser.value_or(parser)},
              {"working_directory", job.directory},
              {"errors_retries", afanasy.errors_retries},
              {"flags", has_numbers},
              {"frame_first", block.members.front().number},
              {"frame_last", block.members.back().number},
              {"frames_per_task", 1},
              {"frames_inc", 1},
              {"tasks_name", block.name + " @#@"},
              {"command",
               fmt::format("{} \"$(sed -n 's/^@#@ //p' {})\"",
                           shell_word(job.directory + "/unit.sh"),
                           shell_word(units))}};
    if (afanasy.errors_task_same_host) {
        json["errors_task_same_host"] = *afanasy.errors_task_same_host;
    }
    const auto add_mask = [&](const char* key, const std::vector<std::string>& patterns) {
        if (!patterns.empty()) json[key] = fmt::format("{}", fmt::join(patterns, "|"));
    };
    add_mask("depend_mask", block.waits_for);
    add_mask("tasks_depend_mask", block.partners);
    add_resources(json, resources_of(units_in(block)), site);
    return json;
}

ManagerFiles afanasy_files(const ManagerJob& job, const ManagersSection& site) {
    ManagerFiles files{
        .texts = {{"afanasy.py", scripts::afanasy_afanasy},
                  {"cgru/parsers/nightreel.py", scripts::afanasy_parsers_nightreel},
                  {"cgru/services/nightreel.py", scripts::afanasy_services_nightreel}},
        .to_submit = {},
        .to_watch = {},
        .to_cancel = {},
        .names_place = true};
    Json blocks = Json::array();
    for (const AfanasyBlock& block : afanasy_blocks_of(job)) {
        blocks.push_back(block_of(job, site, block));
        std::string& units = files.texts["afanasy/" + block.name];
        for (const ArrayMember& member : block.members) {
            units += fmt::format("{} {}\n", member.number, member.unit->name);
        }
    }
    Json afanasy{{"name", "nightreel " + job.show},
                 {"user_name", site.afanasy.user},
                 {"host_name", "nightreel"},
                 {"priority", site.afanasy.priority},
                 {"folders", {{"input", job.directory}}},
                 {"blocks", std::move(blocks)}};
    // Without the type it would be words that names begin with.
    if (site.afanasy.hosts_mask) {
        afanasy.update({{"hosts_mask", *site.afanasy.hosts_mask}, {"hosts_mask_type", "regex"}});
    }
    const auto line = [&](const char* verb) {
        return shell_words({"./afanasy.py", verb, site.afanasy.server});
    };
    files.texts["afanasy.json"] = Json{{"job", std::move(afanasy)}}.dump(1) + "\n";
    files.to_submit = line("submit");
    files.to_cancel = line("cancel");
    return files;
}

}  // namespace

FarmManager afanasy_manager() {
    return {.name = "afanasy",
            .meaning = "Afanasy (CGRU): blocks over takes, sent over HTTP",
            .files = afanasy_files,
            .query = afanasy_report};
}

}  // namespace nightreel
