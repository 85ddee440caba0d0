// run: a whole night on this machine, with the scheduler and the workers of a farm.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cli/farm/job_listing.h"
#include "cli/farm/job_view.h"
#include "cli/machine/required_device.h"
#include "cli/night/embedded_farm.h"
#include "cli/night/night_dailies.h"
#include "cli/night/night_input.h"
#include "cli/night/take_report.h"
#include "cli/night/worker_crew.h"
#include "cli/verbs.h"
#include "pipeline/plan/job_file.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/card/precision_policy.h"
#include "worker/device_memory.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct RunAsked {
    NightAsked night;
    std::string output = "out";
    std::int32_t workers = 1;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::string precision;
};

std::optional<PrecisionPolicy> precision_of(const RunAsked& asked) {
    if (asked.precision.empty()) return {};
    return precision_policy_named(asked.precision);
}

// Progress until the job ends or somebody wants to stop. False when stopped.
bool watch(wire::Client& client,
           const EmbeddedFarm& farm,
           const WorkerCrew& crew,
           const StopSignal& stop,
           std::uint64_t job,
           const Surroundings& surroundings) {
    ProgressView view(surroundings);
    bool finished = false;
    try {
        client.watch(job, [&](const wire::JobNews& news) {
            crew.rethrow_failure();
            view.show(parse_json(news.text, "news of the job"));
            finished = news.finished;
            return !stop.raised();
        });
    } catch (const Error&) {
        farm.rethrow_failure();  // a scheduler that has died answers nothing: say why it did
        throw;
    }
    return finished;
}

void say_end(const Json& status,
             const NightPlan& plan,
             const NightDailies& dailies,
             double seconds) {
    const Json& head = status.at("job");
    fmt::print(stderr, "{}{}", take_table(takes_of(status.at("tasks"))), failures_text(head));
    fmt::print(stderr,
               "{} of {} takes finished in {}; {} of {} results reused\n",
               dailies.takes,
               plan.totals.takes,
               duration_text(seconds),
               dailies.tasks_cached,
               plan.totals.tasks);
    if (exit_code_of_job(head) != 0) {
        fmt::print(stderr,
                   "Some takes failed. Fix the cause and run the same command again to continue; "
                   "details: `nightreel logs`\n");
    }
    // The path alone on stdout, for scripts.
    fmt::print(stderr, "Dailies:\n");
    fmt::print("{}\n", dailies.folder.string());
}

// A night that failed or was cancelled before is tried again by running it again, and a take that
// somebody removed since is published again.
void take_up_again(wire::Client& client,
                   const wire::Submitted& submitted,
                   const NightPlan& plan,
                   const fs::path& output) {
    if (!submitted.known) return;
    const Json head = read_status(client, {submitted.job, {}}).at("job");
    const std::string state = head.value("state", std::string());
    if (state == "failed" || state == "cancelled")
        client.ask(wire::Retry{submitted.job, {}, false});
    if (state == "paused") client.ask(wire::Resume{submitted.job});
    if (state != "done") return;
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* publish = std::get_if<PublishOrder>(&task.order);
        if (publish == nullptr || fs::exists(output / publish->folder / "publish.json")) continue;
        client.ask(wire::Retry{submitted.job, task.name, true});
    }
}

int run_night(const RunAsked& asked, const Surroundings& surroundings) {
    const ResolvedNight night = load_night(asked.night, surroundings);
    const NightPlan plan = plan_for(night, asked.output, PlannedFor::this_machine);
    require_device(surroundings, asked.device, precision_of(asked));
    const Millis began = surroundings.clock.steady();
    const FarmFolder folder = farm_folder_of(asked.output);
    fs::create_directories(folder.store());
    fmt::print(stderr,
               "{}: {} shots, {} takes, {} segments, {} frames with {} worker{}\n",
               plan.show,
               plan.totals.shots,
               plan.totals.takes,
               plan.totals.segments,
               plan.totals.frames,
               asked.workers,
               asked.workers == 1 ? "" : "s");

    const StopOnSignals stop;
    const EmbeddedFarm farm(folder, surroundings.clock, asked.workers);
    write_file_atomically(folder.job_file(), to_json_text(make_job_file(plan)));
    const std::unique_ptr<wire::Client> client = farm.connect();
    const wire::Submitted submitted =
        client->submit({.key = submission_key(plan, asked.output), .title = plan.show}, plan.graph);
    take_up_again(*client, submitted, plan, asked.output);
    // Workers share one device: each may use its part of the memory.
    const std::uint64_t share = asked.workers == 1 ? 0
                                                   : device_memory_bytes(asked.device) /
                                                         static_cast<std::uint64_t>(asked.workers);
    const WorkerCrew crew(folder,
                          farm.address(),
                          {.workers = asked.workers,
                           .device = asked.device,
                           .threads = asked.threads,
                           .precision = asked.precision,
                           .memory_bytes = share,
                           .model_roots = surroundings.model_roots,
                           .program = surroundings.program});
    if (!watch(*client, farm, crew, stop, submitted.job, surroundings)) {
        throw Error(ErrorKind::cancelled, "stopped; run the same command again to resume");
    }
    const Json status = read_status(*client, {submitted.job, {}});
    const NightDailies dailies = write_night_dailies(plan, status, asked.output);
    const double seconds =
        std::chrono::duration<double>(surroundings.clock.steady() - began).count();
    say_end(status, plan, dailies, seconds);
    return exit_code_of_job(status.at("job"));
}

}  // namespace

Command run_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<RunAsked>();
    Command command{.name = "run",
                    .meaning = "render a night on this machine; run again to resume",
                    .example = "nightreel run night.yaml -o out --workers 2",
                    .options = night_options(asked->night),
                    .run = [asked, &surroundings] { return run_night(*asked, surroundings); }};
    const std::vector<Option> own = {
        {.names = "-o,--output",
         .target = &asked->output,
         .meaning = "output folder of the takes",
         .value = "DIR",
         .shows_default = true},
        {.names = "--workers",
         .target = &asked->workers,
         .meaning = "number of worker processes",
         .value = "N",
         .shows_default = true,
         .limits = {1, embedded_workers_max}},
        {.names = "--device",
         .target = &asked->device,
         .meaning = "auto, cpu, or a GPU such as cuda:0",
         .value = "DEVICE",
         .shows_default = true},
        {.names = "--threads",
         .target = &asked->threads,
         .meaning = "CPU threads per task; changes the output bytes",
         .value = "N",
         .shows_default = true,
         .limits = {1, 1024}},
        {.names = "--precision",
         .target = &asked->precision,
         .meaning = "numeric precision; default depends on model and processor; changes the output "
                    "bytes",
         .value = "NAME",
         .choices = words_of<PrecisionPolicy>()}};
    command.options.insert(command.options.end(), own.begin(), own.end());
    return command;
}

}  // namespace nightreel::cli
