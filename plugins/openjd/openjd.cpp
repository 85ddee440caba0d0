#include "plugins/openjd/openjd.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::size_t values_max = 1024;  // of one task parameter
constexpr int seconds_to_stop = 60;       // after the signal that asks for it
constexpr const char* unit_parameter = "Unit";
constexpr const char* job_parameter = "JobDir";

// "OutDir" of the root "out".
std::string parameter_of_root(std::string root) {
    root.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(root.front())));
    return root + "Dir";
}

Json directory_parameter(const std::string& name, const char* flow, const char* meaning) {
    return {{"name", name},
            {"type", "PATH"},
            {"objectType", "DIRECTORY"},
            {"dataFlow", flow},
            {"description", meaning}};
}

class OpenjdNight {
  public:
    OpenjdNight(const ManagerJob& job, const ManagersSection& site) : job_(job), site_(site) {}

    ManagerFiles files() const {
        ManagerFiles files{.texts = {},
                           .to_submit = shell_words(run_command()),
                           .to_watch = "",
                           .to_cancel = ""};
        files.texts["template.json"] = text_of_template();
        files.texts["asset_references.json"] = asset_references().dump(1) + "\n";
        files.texts["parameter_values.json"] =
            Json{{"parameterValues", values_of_roots()}}.dump(1) + "\n";
        return files;
    }

  private:
    // Steps of a stage with more units than a parameter may have values.
    std::vector<std::vector<std::uint32_t>> pieces_of(const std::string& stage) const {
        std::vector<std::vector<std::uint32_t>> pieces;
        for (std::uint32_t at = 0; at < job_.units.size(); ++at) {
            if (job_.units[at].stage != stage) continue;
            if (pieces.empty() || pieces.back().size() == values_max) pieces.emplace_back();
            pieces.back().push_back(at);
        }
        return pieces;
    }

    static std::string step_name(const std::string& stage, std::size_t piece) {
        return piece == 0 ? stage : fmt::format("{}-{}", stage, piece + 1);
    }

    std::string text_of_template() const {
        Json steps = Json::array();
        std::map<std::uint32_t, std::string> step_of_unit;
        for (const std::string& stage : job_.stages) {
            const auto pieces = pieces_of(stage);
            for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
                for (const std::uint32_t unit : pieces[piece]) {
                    step_of_unit[unit] = step_name(stage, piece);
                }
            }
        }
        for (const std::string& stage : job_.stages) {
            const auto pieces = pieces_of(stage);
            for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
                steps.push_back(step_of(step_name(stage, piece), pieces[piece], step_of_unit));
            }
        }
        return Json{{"specificationVersion", "jobtemplate-2023-09"},
                    {"name", job_.show},
                    {"parameterDefinitions", parameters()},
                    {"steps", std::move(steps)}}
                   .dump(1) +
               "\n";
    }

    // Defaults of paths are relative to the template: outputs, which lie elsewhere, have none.
    Json parameters() const {
        Json job = directory_parameter(job_parameter, "INOUT", "The job directory.");
        job["default"] = ".";
        Json parameters = Json::array({std::move(job)});
        for (const auto& [root, path] : job_.roots) {
            parameters.push_back(
                directory_parameter(parameter_of_root(root), "OUT", "Where takes are published."));
        }
        return parameters;
    }

    Json values_of_roots() const {
        Json values = Json::array();
        for (const auto& [root, path] : job_.roots) {
            values.push_back({{"name", parameter_of_root(root)}, {"value", path}});
        }
        return values;
    }

    std::vector<std::string> run_command() const {
        std::vector<std::string> words{"openjd", "run", "template.json"};
        for (const auto& [root, path] : job_.roots) {
            words.insert(words.end(), {"-p", fmt::format("{}={}", parameter_of_root(root), path)});
        }
        return words;
    }

    Json step_of(const std::string& name,
                 const std::vector<std::uint32_t>& units,
                 const std::map<std::uint32_t, std::string>& step_of_unit) const {
        Json values = Json::array();
        std::set<std::string> needs;
        UnitResources most;
        for (const std::uint32_t at : units) {
            const Unit& unit = job_.units[at];
            values.push_back(unit.name);
            most.runs_model = most.runs_model || unit.resources.runs_model;
            most.memory_bytes = std::max(most.memory_bytes, unit.resources.memory_bytes);
            // A step is run when those it depends on have succeeded, and never otherwise.
            for (const auto* others : {&unit.needs, &unit.after}) {
                for (const std::uint32_t one : *others) needs.insert(step_of_unit.at(one));
            }
        }
        Json step{{"name", name}};
        needs.erase(name);  // cannot be: units of one stage do not need each other
        for (const std::string& need : needs) step["dependencies"].push_back({{"dependsOn", need}});
        step["hostRequirements"] = {{"amounts", amounts(most)}};
        step["parameterSpace"] = {
            {"taskParameterDefinitions",
             Json::array({{{"name", unit_parameter}, {"type", "STRING"}, {"range", values}}})}};
        step["script"] = {{"actions", {{"onRun", action()}}}};
        return step;
    }

    Json amounts(const UnitResources& most) const {
        Json amounts = Json::array({{{"name", "amount.worker.vcpu"}, {"min", site_.threads}}});
        const std::int64_t memory = mebibytes_of(most.memory_bytes);
        const bool on_gpu = most.runs_model && site_.device != "cpu";
        if (on_gpu) amounts.push_back({{"name", "amount.worker.gpu"}, {"min", 1}});
        if (memory > 0) {
            amounts.push_back(
                {{"name", on_gpu ? "amount.worker.gpu.memory" : "amount.worker.memory"},
                 {"min", memory}});
        }
        return amounts;
    }

    // Values are arguments: nothing that somebody sets is pasted into a script.
    Json action() const {
        Json arguments = Json::array({fmt::format("{{{{Task.Param.{}}}}}", unit_parameter)});
        for (const auto& [root, path] : job_.roots) {
            arguments.push_back("--root");
            arguments.push_back(fmt::format("{}={{{{Param.{}}}}}", root, parameter_of_root(root)));
        }
        return {{"command", fmt::format("{{{{Param.{}}}}}/unit.sh", job_parameter)},
                {"args", std::move(arguments)},
                {"cancelation",
                 {{"mode", "NOTIFY_THEN_TERMINATE"}, {"notifyPeriodInSeconds", seconds_to_stop}}}};
    }

    // What Deadline Cloud's job attachments move besides the parameters.
    Json asset_references() const {
        Json outputs = Json::array();
        for (const auto& [root, path] : job_.roots) outputs.push_back(path);
        return {{"assetReferences", {{"outputs", {{"directories", std::move(outputs)}}}}}};
    }

    const ManagerJob& job_;
    const ManagersSection& site_;
};

ManagerFiles openjd_files(const ManagerJob& job, const ManagersSection& site) {
    return OpenjdNight(job, site).files();
}

}  // namespace

FarmManager openjd_manager() {
    return {.name = "openjd",
            .meaning = "Open Job Description: a job bundle, also for AWS Deadline Cloud",
            .files = openjd_files};
}

}  // namespace nightreel
