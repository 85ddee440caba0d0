#include "plugins/openjd/openjd.h"

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob two_shots(Grain grain, std::int32_t takes) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, takes), shot_of("sh2", 17)});
    return manager_job_of(
        job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})), grain, "/job");
}

Json template_of(const ManagerJob& job, const ManagersSection& site = {}) {
    return parse_json(openjd_manager().files(job, site).texts.at("template.json"), "template");
}

}  // namespace

TEST_CASE("each unit is the value of one step, after the steps that it needs", "[plugins]") {
    const ManagerJob job = two_shots(Grain::task, 2);
    const Json night = template_of(job);
    std::set<std::string> earlier;
    std::set<std::string> units;
    for (const Json& step : night.at("steps")) {
        for (const Json& need : step.value("dependencies", Json::array())) {
            CHECK(earlier.contains(need.at("dependsOn").get<std::string>()));
        }
        earlier.insert(step.at("name").get<std::string>());
        const Json values = step.at("parameterSpace").at("taskParameterDefinitions")[0].at("range");
        for (const Json& value : values) CHECK(units.insert(value.get<std::string>()).second);
    }
    CHECK(units.size() == job.units.size());
}

TEST_CASE("a stage with more units than a parameter may have values is several steps",
          "[plugins]") {
    const Json night = template_of(two_shots(Grain::take, 1100));
    std::size_t most = 0;
    std::size_t all = 0;
    for (const Json& step : night.at("steps")) {
        const std::size_t count =
            step.at("parameterSpace").at("taskParameterDefinitions")[0].at("range").size();
        most = std::max(most, count);
        all += count;
    }
    CHECK(most == 1024);
    CHECK(all == 1104);  // 1101 takes, 2 encodes, the dailies
}

TEST_CASE("an output folder is a parameter and its value, and never part of a script",
          "[plugins]") {
    const ManagerJob job = two_shots(Grain::take, 1);
    const Json action = template_of(job).at("steps")[0].at("script").at("actions").at("onRun");
    CHECK(action.at("args")[4] == "--root");
    CHECK(action.at("args")[5] == "out={{Param.OutDir}}");
    const ManagerFiles files = openjd_manager().files(job, {});
    const Json values = parse_json(files.texts.at("parameter_values.json"), "values");
    CHECK(values.at("parameterValues")[0].at("value") == "/out");
    CHECK(files.texts.at("template.json").find("/out\"") == std::string::npos);
}

TEST_CASE("only steps that run the model ask for a GPU, and none does on a processor",
          "[plugins]") {
    ManagersSection site;
    const auto gpus_of = [&](const std::string& stage) {
        const Json night = template_of(two_shots(Grain::task, 1), site);
        for (const Json& step : night.at("steps")) {
            if (step.at("name") != stage) continue;
            const Json& amounts = step.at("hostRequirements").at("amounts");
            return std::ranges::count_if(amounts, [](const Json& amount) {
                return amount.at("name") == "amount.worker.gpu";
            });
        }
        FAIL("no step " << stage);
        return std::ptrdiff_t{0};
    };
    CHECK(gpus_of("sample01") == 1);
    CHECK(gpus_of("proxy") == 0);
    site.device = "cpu";
    CHECK(gpus_of("sample01") == 0);
}

TEST_CASE("a model stays open over the units of a step, where it has more than one", "[plugins]") {
    const Json night = template_of(two_shots(Grain::task, 2), {.program = "/opt/render"});
    std::map<std::string, bool> shares;
    for (const Json& step : night.at("steps")) {
        const std::string arguments = step.at("script").at("actions").at("onRun").at("args").dump();
        const bool has_environment = step.contains("stepEnvironments");
        CHECK(has_environment == (arguments.find("\"--via\"") != std::string::npos));
        if (has_environment) {
            const Json& actions = step.at("stepEnvironments")[0].at("script").at("actions");
            CHECK(actions.at("onEnter").at("command") == "/opt/render");
            CHECK(actions.at("onExit").at("args")[1] == "stop");
            CHECK(arguments.find(actions.at("onEnter").at("args")[2].dump()) != std::string::npos);
        }
        shares[step.at("name").get<std::string>()] = has_environment;
    }
    CHECK(shares.at("sample01"));
    CHECK_FALSE(shares.at("measure"));
    CHECK_FALSE(shares.at("dailies"));
}

TEST_CASE("files of a second submission find the job directory", "[plugins]") {
    ManagerJob job = two_shots(Grain::take, 1);
    job.files = "submissions/2";
    CHECK_FALSE(template_of(job).at("parameterDefinitions")[0].contains("default"));
    const std::string submit = openjd_manager().files(job, {}).texts.at("submit.sh");
    CHECK(submit.find("job=$(cd ../.. && pwd)") != std::string::npos);
}

}  // namespace nightreel
