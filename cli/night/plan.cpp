#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/night/measured_rates.h"
#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "pipeline/plan/plan_report.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct PlanOptionsAsked {
    NightAsked night;
    std::string output = "out";
    std::string config;
    std::string device_class;
    bool json = false;
};

NightPlan planned(const PlanOptionsAsked& asked, const Surroundings& surroundings) {
    const ResolvedNight night = load_night(asked.night, surroundings);
    PlanSetting setting{
        .where = asked.config.empty() ? PlannedFor::this_machine : PlannedFor::farm,
        .rates = rates_at({.output = asked.output, .config = asked.config}, surroundings),
        .device_class = asked.device_class};
    const std::vector<std::string> known = device_classes_of(setting.rates);
    const bool is_known = std::ranges::find(known, asked.device_class) != known.end();
    if (!asked.device_class.empty() && !is_known) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("--device-class {}: nothing was measured on it{}",
                        asked.device_class,
                        known.empty() ? std::string()
                                      : fmt::format("; there is '{}'", fmt::join(known, "', '"))));
    }
    return plan_for(night, asked.output, std::move(setting));
}

}  // namespace

Command plan_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<PlanOptionsAsked>();
    Command command{
        .name = "plan",
        .meaning = "show shots, segments, tasks, time, memory and disk use; changes nothing",
        .example = "nightreel plan night.yaml -o out",
        .options = night_options(asked->night),
        .run = [asked, &surroundings] {
            const NightPlan plan = planned(*asked, surroundings);
            answer("{}", asked->json ? plan_json(plan) + "\n" : plan_table(plan));
            return 0;
        }};
    command.options.push_back({.names = "-o,--output",
                               .target = &asked->output,
                               .meaning = "output folder of the takes",
                               .value = "DIR",
                               .shows_default = true});
    command.options.push_back({.names = "--config",
                               .target = &asked->config,
                               .meaning = "farm whose measured times the estimates are made from; "
                                          "default: nights run into the output folder",
                               .value = "FARM.yaml"});
    command.options.push_back({.names = "--device-class",
                               .target = &asked->device_class,
                               .meaning = "device class whose measured times are used; default: "
                                          "the one that did most work",
                               .value = "CLASS"});
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
