#include "plugins/openjd/openjd.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "plugins/openjd/deadline_cloud.h"
#include "plugins/scripts.h"  // from the files beside this one
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::size_t values_max = 1024;  // of one task parameter
constexpr std::size_t name_max = 90;      // of a job with 128 characters, beside a UUID

// "OutDir" of the root "out".
std::string parameter_of_root(std::string root) {
    root.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(root.front())));
    return root + "Dir";
}

// Units of one stage, as many as a parameter may have values.
struct Step {
    std::string name;
    std::vector<const Unit*> units;
};

std::vector<Step> steps_of(const ManagerJob& job) {
    std::vector<Step> steps;
    for (const std::string& stage : job.stages) {
        std::size_t number = 0;
        for (const Unit* unit : units_of(job, stage)) {
            if (number++ % values_max == 0) {
                const std::size_t piece = number / values_max + 1;
                steps.push_back({piece == 1 ? stage : fmt::format("{}-{}", stage, piece), {}});
            }
            steps.back().units.push_back(unit);
        }
    }
    return steps;
}

Json amounts_of(const UnitResources& most, const ManagersSection& site) {
    Json amounts = Json::array({{{"name", "amount.worker.vcpu"}, {"min", site.threads}}});
    const std::int64_t memory = mebibytes_of(most.memory_bytes);
    const bool on_gpu = most.runs_model && site.device != "cpu";
    if (on_gpu) amounts.push_back({{"name", "amount.worker.gpu"}, {"min", 1}});
    const char* kind = on_gpu ? "amount.worker.gpu.memory" : "amount.worker.memory";
    if (memory > 0) amounts.push_back({{"name", kind}, {"min", memory}});
    return amounts;
}

// `needs` are names of steps: a step is run when those have succeeded, and never otherwise. Values
// are arguments: nothing that somebody sets is pasted into a script.
Json step_json(const Step& step,
               const std::set<std::string>& needs,
               const ManagerJob& job,
               const ManagersSection& site) {
    const UnitResources most = resources_of(step.units);
    Json json = parse_json(scripts::openjd_step, "step.json");
    json["name"] = step.name;
    for (const std::string& need : needs) json["dependencies"].push_back({{"dependsOn", need}});
    if (needs.empty()) json.erase("dependencies");
    json["hostRequirements"]["amounts"] = amounts_of(most, site);
    for (const Unit* unit : step.units) {
        json["parameterSpace"]["taskParameterDefinitions"][0]["range"].push_back(unit->name);
    }
    Json& arguments = json["script"]["actions"]["onRun"]["args"];
    for (const auto& [root, path] : job.roots) {
        arguments.push_back("--root");
        arguments.push_back(fmt::format("{}={{{{Param.{}}}}}", root, parameter_of_root(root)));
    }
    Json& daemon = json["stepEnvironments"][0]["script"]["actions"];
    if (!most.runs_model || step.units.size() == 1) {
        json.erase("stepEnvironments");
        return json;
    }
    daemon["onEnter"]["command"] = render_program_of(site);
    daemon["onExit"]["command"] = render_program_of(site);
    arguments.push_back("--via");
    arguments.push_back(daemon["onEnter"]["args"].back());
    return json;
}

Json steps_json(const ManagerJob& job, const ManagersSection& site) {
    const std::vector<Step> steps = steps_of(job);
    std::map<const Unit*, std::string> step_of;
    for (const Step& step : steps) {
        for (const Unit* unit : step.units) step_of[unit] = step.name;
    }
    Json all = Json::array();
    for (const Step& step : steps) {
        std::set<std::string> needs;
        for (const Unit* unit : step.units) {
            for (const std::uint32_t one : unit->needs) needs.insert(step_of[&job.units[one]]);
            for (const std::uint32_t one : unit->after) needs.insert(step_of[&job.units[one]]);
        }
        all.push_back(step_json(step, needs, job, site));
    }
    return all;
}

// Defaults of paths are relative to the template and lie below it: outputs have none.
Json template_json(const ManagerJob& job, const ManagersSection& site) {
    Json night = parse_json(scripts::openjd_template, "template.json");
    night["name"] = job.show;
    Json& parameters = night["parameterDefinitions"];
    if (directory_from_files(job) != ".") parameters[0].erase("default");
    for (const auto& [root, path] : job.roots) {
        parameters.push_back({{"name", parameter_of_root(root)},
                              {"type", "PATH"},
                              {"description", "Where takes are published."},
                              {"objectType", "DIRECTORY"},
                              {"dataFlow", "OUT"}});
    }
    night["steps"] = steps_json(job, site);
    return night;
}

ManagerFiles openjd_files(const ManagerJob& job, const ManagersSection& site) {
    Json values = Json::array();
    Json outputs = Json::array();
    std::string known;  // without it the client takes outputs elsewhere for a slip, and refuses
    for (const auto& [root, path] : job.roots) {
        values.push_back({{"name", parameter_of_root(root)}, {"value", path}});
        outputs.push_back(path);
        known += shell_words({"--known-asset-path", path}) + " ";
    }
    const Json references = {{"outputs", {{"directories", outputs}}},
                             {"referencedPaths", site.models}};
    ManagerFiles files{.texts = {},
                       .to_submit = "./submit.sh",
                       .to_watch = "deadline job get",
                       .to_cancel =
                           "for id in $NIGHTREEL_IDS; do deadline job cancel --yes "
                           "--job-id \"$id\"; done"};
    files.texts["template.json"] = template_json(job, site).dump(1) + "\n";
    files.texts["parameter_values.json"] = Json{{"parameterValues", values}}.dump(1) + "\n";
    files.texts["asset_references.json"] = Json{{"assetReferences", references}}.dump(1) + "\n";
    files.texts["submit.sh"] = filled(scripts::openjd_submit,
                                      {{"name", shell_word(job.show.substr(0, name_max))},
                                       {"job", directory_from_files(job)},
                                       {"known", known}});
    return files;
}

}  // namespace

FarmManager openjd_manager() {
    return {.name = "openjd",
            .meaning = "Open Job Description: a job bundle, also for AWS Deadline Cloud",
            .files = openjd_files,
            .query = ask_deadline_cloud};
}

}  // namespace nightreel
