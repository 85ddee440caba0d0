#include <memory>

#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "pipeline/plan/plan_report.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct PlanOptionsAsked {
    NightAsked night;
    std::string output = "out";
    bool json = false;
};

}  // namespace

Command plan_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<PlanOptionsAsked>();
    Command command{
        .name = "plan",
        .meaning = "show shots, segments, tasks, time, memory and disk use; changes nothing",
        .example = "nightreel plan night.yaml -o out",
        .options = night_options(asked->night),
        .run = [asked, &surroundings] {
            const NightPlan plan = plan_for(
                load_night(asked->night, surroundings), asked->output, PlannedFor::this_machine);
            answer("{}", asked->json ? plan_json(plan) + "\n" : plan_table(plan));
            return 0;
        }};
    command.options.push_back({.names = "-o,--output",
                               .target = &asked->output,
                               .meaning = "output folder of the takes",
                               .value = "DIR",
                               .shows_default = true});
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
