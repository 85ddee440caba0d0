// submit and wait: a night handed to a farm, and its end awaited.
#include <memory>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_view.h"
#include "cli/night/night_input.h"
#include "cli/night/take_report.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

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
                    "no farm given: use --config FARM.yaml or set NIGHTREEL_FARM");
    }
    const FarmConfig config = load_farm_config(asked.config);
    std::string output = asked.output;
    if (output.empty() && config.scheduler) output = config.scheduler->output;
    if (output.empty()) throw Error(ErrorKind::usage, "no output folder given: use -o DIR");
    const NightPlan plan = plan_for(night, output, PlannedFor::farm);
    FarmAccess farm({.output = {}, .config = asked.config}, surroundings);
    const wire::Submitted submitted = farm.client().submit(
        {.key = submission_key(plan, output), .title = night.show, .priority = asked.priority},
        plan.graph);
    answer("{}\n", submitted.job);
    say("{}: {} tasks, {} frames{}\n",
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
    if (!finished)
        throw Error(ErrorKind::timed_out,
                    fmt::format("timed out; job {} is still running", address.job));
    const Json status = read_status(farm.client(), {address.job, {}});
    say("{}{}", take_table(takes_of(status.at("tasks"))), failures_text(status.at("job")));
    return exit_code_of_job(status.at("job"));
}

}  // namespace

Command submit_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<SubmitAsked>();
    asked->config = surroundings.farm_config;
    Command command{.name = "submit",
                    .meaning = "submit a night to a farm; prints only the job number",
                    .example = "nightreel submit night.yaml --config farm.yaml",
                    .options = night_options(asked->night),
                    .run = [asked, &surroundings] { return submit(*asked, surroundings); }};
    const std::vector<Option> own = {config_option(asked->config),
                                     {.names = "-o,--output",
                                      .target = &asked->output,
                                      .meaning = "output folder of the takes; default: the farm's",
                                      .value = "DIR"},
                                     {.names = "--priority",
                                      .target = &asked->priority,
                                      .meaning = "higher runs first",
                                      .value = "N"}};
    command.options.insert(command.options.end(), own.begin(), own.end());
    return command;
}

Command wait_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<WaitAsked>();
    Command command{.name = "wait",
                    .meaning = "wait until a job has ended and show its progress",
                    .example = "nightreel wait --config farm.yaml 12",
                    .options = {{.names = "job",
                                 .target = &asked->job,
                                 .meaning = "job number",
                                 .value = "JOB",
                                 .required = true}},
                    .run = [asked, &surroundings] { return wait(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back({.names = "--timeout",
                               .target = &asked->timeout_seconds,
                               .meaning = "seconds to wait; exit code 6 when they have passed",
                               .value = "SECONDS",
                               .limits = {0, 1e9}});
    return command;
}

}  // namespace nightreel::cli
