#include <memory>

#include "cli/night/measured_rates.h"
#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "pipeline/plan/strategy/take_explanation.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

struct ExplainAsked {
    NightAsked night;
    std::string shot;
    std::string output = "out";
    bool json = false;
};

}  // namespace

Command explain_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ExplainAsked>();
    Command command{
        .name = "explain",
        .meaning = "show why and how the takes of a shot are made as planned; changes nothing",
        .example = "nightreel explain night.yaml sq010_sh0010",
        .options = night_options(asked->night),
        .run = [asked, &surroundings] {
            const ResolvedNight night = load_night(asked->night, surroundings);
            const NightPlan plan = plan_for(
                night,
                asked->output,
                {.rates = rates_at({.output = asked->output, .config = {}}, surroundings)});
            const TakeExplanation told = explain_take(night, plan, asked->shot);
            answer("{}", asked->json ? to_json_value(told).dump(1) + "\n" : explanation_text(told));
            return 0;
        }};
    command.options.push_back({.names = "shot",
                               .target = &asked->shot,
                               .meaning = "name of the shot",
                               .value = "SHOT",
                               .required = true});
    command.options.push_back(
        {.names = "-o,--output",
         .target = &asked->output,
         .meaning = "output folder of the takes, whose measured times are used",
         .value = "DIR",
         .shows_default = true});
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
