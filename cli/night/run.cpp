// run: a whole night on this machine, with the scheduler and the workers of a farm.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include <poll.h>

#include "cli/counted.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_table.h"
#include "cli/farm/job_view.h"
#include "cli/json_values.h"
#include "cli/machine/required_device.h"
#include "cli/night/embedded_farm.h"
#include "cli/night/measured_rates.h"
#include "cli/night/night_input.h"
#include "cli/night/output_folder.h"
#include "cli/night/take_report.h"
#include "cli/night/take_up.h"
#include "cli/night/versions.h"
#include "cli/night/worker_crew.h"
#include "cli/verbs.h"
#include "pipeline/job/job_index.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/link_policy.h"
#include "worker/device_memory.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr Millis reader_patience{10'000};
constexpr int reader_looked_for_every = 100;  // milliseconds

struct RunAsked {
    NightAsked night;
    std::string output = "out";
    std::int32_t workers = 1;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::string link = "auto";
    std::string precision;
};

std::optional<PrecisionPolicy> precision_of(const RunAsked& asked) {
    if (asked.precision.empty()) return {};
    return precision_policy_named(asked.precision);
}

// Progress until the job ends.
void watch(wire::Client& client, std::uint64_t job, const Surroundings& surroundings) {
    ProgressView view(surroundings);
    client.watch(job, [&](const wire::JobNews& news) {
        view.show(parse_json(news.text, "news of the job"));
        return true;
    });
}

// Of which no result is ever reused.
bool is_dailies(const Json& task) {
    return task.value("kind", std::string()) == word_of(TaskKind::dailies);
}

// What was done before the workers began, and what the store had since.
std::int64_t results_reused(const std::set<std::string>& done_before, const Json& status) {
    std::int64_t reused = 0;
    for (const Json& task : status.at("tasks")) {
        if (task.value("state", std::string()) != "done" || is_dailies(task)) continue;
        const bool known = done_before.contains(task.value("task", std::string()));
        reused += known || task.value("cached", false) ? 1 : 0;
    }
    return reused;
}

void say_begin(const NightPlan& plan, std::int32_t workers) {
    const auto& totals = plan.totals;
    say("{}: {}, {}, {}, {} with {}\n",
        plan.show,
        counted(totals.shots, "shot"),
        counted(totals.takes, "take"),
        counted(totals.segments, "segment"),
        counted(totals.frames, "frame"),
        counted(workers, "worker"));
}

void say_end(const Json& status, const NightPlan& plan, std::int64_t reused, double seconds) {
    const Json& head = status.at("job");
    const std::vector<TakeRow> takes = takes_of(status.at("tasks"));
    say("{}{}", take_table(takes), failures_text(head));
    say("{} of {} takes finished in {}; {} of {} results reused\n",
        std::ranges::count(takes, "done", &TakeRow::state),
        plan.totals.takes - std::ranges::count(takes, "not needed", &TakeRow::state),
        duration_text(seconds),
        reused,
        std::ranges::count_if(status.at("tasks"), std::not_fn(is_dailies)));
    say("{}", yield_line(status.at("tasks")));
    if (exit_code_of_job(head) != 0) {
        say("Some takes failed. Fix the cause and run the same command again to continue; "
            "details: `nightreel logs`\n");
    }
    // The path alone on stdout, for scripts. Without a reader for it the night is still done.
    const std::string dailies = text_at(head, "dailies");
    if (dailies.empty()) return;
    say("Dailies:\n");
    mention_text(dailies + "\n");
}

CrewOptions crew_options(const RunAsked& asked,
                         const std::string& device_class,
                         const Surroundings& surroundings) {
    // Workers share one device: each may use its part of the memory.
    const auto workers = static_cast<std::uint64_t>(asked.workers);
    return {.workers = asked.workers,
            .device = asked.device,
            .threads = asked.threads,
            .link = asked.link,
            .precision = asked.precision,
            .device_class = device_class,
            .memory_bytes = workers == 1 ? 0 : device_memory_bytes(asked.device) / workers,
            .model_roots = surroundings.model_roots,
            .program = surroundings.program};
}

// Another command that reads the folder at this moment (`status`) is waited for.
std::unique_ptr<EmbeddedFarm> open_farm(const FarmFolder& folder,
                                        std::int32_t workers,
                                        const StopSignal& stop,
                                        const Clock& clock) {
    const Millis begin = clock.steady();
    while (true) {
        try {
            return std::make_unique<EmbeddedFarm>(folder, clock, workers);
        } catch (const Error& error) {
            const auto served = served_folder(folder);
            const bool is_brief = served && !served->by_run;
            if (error.kind() != ErrorKind::unavailable || !is_brief || stop.raised()) throw;
            if (clock.steady() - begin > reader_patience) throw;
        }
        pollfd stopped{stop.descriptor(), POLLIN, 0};
        ::poll(&stopped, 1, reader_looked_for_every);
    }
}

int run_night(const RunAsked& asked, const Surroundings& surroundings) {
    WrittenNight written;
    ResolvedNight night = load_night(asked.night, surroundings, &written);
    const std::vector<NightFile> texts = texts_of(written);
    require_device(surroundings, asked.device, precision_of(asked));
    std::string device_class;
    if (has_strict_shots(night)) {
        device_class =
            machine_class(surroundings, asked.device, asked.threads, precision_of(asked));
        night = on_device_class(std::move(night), device_class);
    }
    NightPlan plan = plan_for(night, asked.output, {});
    require_writable_places(plan);
    const Millis began = surroundings.clock.steady();
    const FarmFolder folder = farm_folder_of(asked.output);
    fs::create_directories(folder.store());
    say_begin(plan, asked.workers);

    const StopOnSignals stop;
    const auto farm = open_farm(folder, asked.workers, stop, surroundings.clock);
    const std::unique_ptr<wire::Client> client = farm->connect();
    const auto look_around = [&] {
        farm->rethrow_failure();  // a scheduler that has died answers nothing: say why it did
        if (!stop.raised()) return;
        throw Error(ErrorKind::cancelled, "stopped; run the same command again to resume");
    };
    client->call_while_waiting(look_around);
    // Another night of the show may have been stopped before it published anything.
    plan = plan_for(night,
                    asked.output,
                    {.versions = ask_versions(*client, night, fs::absolute(asked.output)),
                     .rates = read_rates(*client)});
    note_prompts(plan, written);
    write_file_atomically(folder.job_file(), to_json_text(job_index_of(plan)));
    const wire::Submitted submitted = client->submit(
        {.key = submission_key(plan, asked.output), .title = plan.show, .night = texts},
        plan.graph);
    if (submitted.known) take_up_again(*client, submitted.job, asked.output);
    const std::set<std::string> done_before = tasks_done(read_status(*client, {submitted.job, {}}));
    const WorkerCrew crew(folder, farm->address(), crew_options(asked, device_class, surroundings));
    client->call_while_waiting([&] {
        look_around();
        crew.rethrow_failure();
    });
    watch(*client, submitted.job, surroundings);
    client->call_while_waiting([&] { farm->rethrow_failure(); });
    const Json status = read_status(*client, {submitted.job, {}});
    const double seconds =
        std::chrono::duration<double>(surroundings.clock.steady() - began).count();
    say_end(status, plan, results_reused(done_before, status), seconds);
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
        {.names = "--link",
         .target = &asked->link,
         .meaning = "published files: auto (clone or copy) or hard (read-only hard links)",
         .value = "HOW",
         .shows_default = true,
         .choices = words_of<LinkPolicy>()},
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
