// submit and wait: a night handed to a farm, and its end awaited.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_view.h"
#include "cli/night/night_input.h"
#include "cli/night/take_report.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

struct SubmitAsked {
    NightAsked night;
    std::string config;
    std::string output;
    std::int32_t priority = 0;
};

struct WaitAsked {
    FarmChoice farm;
    std::string job;
    double timeout_seconds = 0;
};

int submit(const SubmitAsked& asked, const Surroundings& surroundings) {
    const ResolvedNight night = load_night(asked.night, surroundings);
    if (asked.config.empty()) {
        throw Error(ErrorKind::usage,
                    "to which farm? give --config FARM.yaml or set NIGHTREEL_FARM");
    }
    const FarmConfig config = load_farm_config(asked.config);
    std::string output = asked.output;
    if (output.empty() && config.scheduler) output = config.scheduler->output;
    if (output.empty()) throw Error(ErrorKind::usage, "where do takes go? give -o DIR");
    const NightPlan plan = plan_for(night, output);
    FarmAccess farm({.output = {}, .config = asked.config}, surroundings);
    const wire::Submitted submitted = farm.client().submit(
        {.key = submission_key(plan, output), .title = night.show, .priority = asked.priority},
        plan.graph);
    fmt::print("{}\n", submitted.job);
    fmt::print(stderr,
               "{}: {} tasks, {} frames{}\n",
               night.show,
               plan.totals.tasks,
               plan.totals.frames,
               submitted.known ? ", submitted before" : "");
    return 0;
}

int wait(const WaitAsked& asked, const Surroundings& surroundings) {
    const JobAddress address = parse_job_address(asked.job);
    FarmAccess farm(asked.farm, surroundings);
    const Millis begin = surroundings.clock.steady();
    const auto limit = Millis(static_cast<Millis::rep>(asked.timeout_seconds * 1000));
    ProgressView view(surroundings);
    bool finished = false;
    farm.client().watch(address.job, [&](const wire::JobNews& news) {
        view.show(parse_json(news.text, "news of the job"));
        finished = news.finished;
        return limit <= Millis(0) || surroundings.clock.steady() - begin < limit;
    });
    view.clear();
    if (!finished) throw Error(ErrorKind::timed_out, fmt::format("job {} goes on", address.job));
    const Json status = read_status(farm.client(), {address.job, {}});
    fmt::print(
        stderr, "{}{}", take_table(takes_of(status.at("tasks"))), failures_text(status.at("job")));
    return exit_code_of_job(status.at("job"));
}

}  // namespace

void add_submit(Verbs& verbs) {
    CLI::App* verb =
        verbs.app.add_subcommand("submit", "hand a night to a farm; prints the job's number alone");
    const auto asked = std::make_shared<SubmitAsked>();
    asked->config = verbs.surroundings.farm_config;
    add_night_options(*verb, asked->night);
    verb->add_option(
        "--config", asked->config, "configuration of the farm (or set NIGHTREEL_FARM)");
    verb->add_option("-o,--output", asked->output, "folder that takes go to; else the farm's");
    verb->add_option("--priority", asked->priority, "higher goes first");
    verb->callback([&verbs, asked] {
        verbs.chosen = [&verbs, asked] { return submit(*asked, verbs.surroundings); };
    });
}

void add_wait(Verbs& verbs) {
    CLI::App* verb =
        verbs.app.add_subcommand("wait", "wait for the end of a job, with its progress");
    const auto asked = std::make_shared<WaitAsked>();
    verb->add_option("job", asked->job, "the job's number")->required();
    add_farm_options(*verb, asked->farm, verbs.surroundings);
    verb->add_option("--timeout", asked->timeout_seconds, "seconds; exit code 6 when it passes")
        ->check(CLI::NonNegativeNumber);
    verb->callback([&verbs, asked] {
        verbs.chosen = [&verbs, asked] { return wait(*asked, verbs.surroundings); };
    });
}

}  // namespace nightreel::cli
