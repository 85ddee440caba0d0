#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "pipeline/plan/plan_report.h"

namespace nightreel::cli {
namespace {

struct PlanOptionsAsked {
    NightAsked night;
    std::string output = "out";
    bool json = false;
};

}  // namespace

void add_plan(Verbs& verbs) {
    CLI::App* verb = verbs.app.add_subcommand(
        "plan", "show shots, segments, tasks, time, memory and bytes; touches nothing");
    const auto asked = std::make_shared<PlanOptionsAsked>();
    add_night_options(*verb, asked->night);
    verb->add_option("-o,--output", asked->output, "folder that takes would go to")
        ->capture_default_str();
    verb->add_flag("--json", asked->json, "for programs");
    verb->callback([&verbs, asked] {
        verbs.chosen = [&verbs, asked] {
            const NightPlan plan =
                plan_for(load_night(asked->night, verbs.surroundings), asked->output);
            fmt::print("{}", asked->json ? plan_json(plan) + "\n" : plan_table(plan));
            return 0;
        };
    });
}

}  // namespace nightreel::cli
