// submit: a night handed to a farm.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_access.h"
#include "cli/job/export_night.h"
#include "cli/job/hand_over.h"
#include "cli/job/job_status.h"
#include "cli/json_values.h"
#include "cli/night/measured_rates.h"
#include "cli/night/night_input.h"
#include "cli/night/take_up.h"
#include "cli/night/versions.h"
#include "cli/verbs.h"
#include "pipeline/plan/roots/roots.h"
#include "plugins/managers.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct SubmitAsked {
    NightAsked night;
    std::string config;
    std::string output;
    std::int32_t priority = 0;
    ExportAsked exported;  // with --to, or --job alone
};

// What the scheduler says before it has seen the night: where it publishes takes, whatever a copy
// of the farm file says, and on which device class a night would be rendered that must stay on one.
wire::Prepared ask_farm(wire::Client& client) {
    wire::Prepared farm = client.prepare({});
    if (!farm.output.empty()) return farm;
    throw Error(ErrorKind::usage,
                "the farm has no output folder: set scheduler.output in its farm file");
}

void say_known(std::uint64_t job, const TakenUp& taken) {
    if (taken.state == "paused") {
        say("submitted before: job {} was paused and is resumed\n", job);
    } else if (taken.tasks > 0) {
        say("submitted before: job {} was {}{}; {} to run\n",
            job,
            taken.state,
            taken.state == "done" ? ", but takes are missing or damaged" : "",
            counted(static_cast<std::int64_t>(taken.tasks), "task"));
    } else {
        say("submitted before: job {} is {}\n", job, taken.state);
    }
}

// An output root of the farm, and how this machine sees it, which may be under another path.
struct OutputOfNight {
    std::string root;  // its name
    std::string path;
    fs::path seen;
};

OutputOfNight output_of(const SubmitAsked& asked, const wire::Prepared& farm) {
    const std::vector<std::string> paths =
        farm.outputs.empty() ? std::vector{farm.output} : farm.outputs;
    if (asked.output.empty()) return {takes_root, farm.output, farm.output};
    std::error_code ignored;
    const fs::path seen = fs::weakly_canonical(fs::absolute(asked.output), ignored);
    for (const auto& [name, path] : roots_of(paths)) {
        if (seen == fs::weakly_canonical(path, ignored)) return {name, path, seen};
    }
    const bool is_here = std::ranges::any_of(
        paths, [&](const std::string& path) { return fs::is_directory(path, ignored); });
    if (!is_here && paths.size() == 1) return {takes_root, farm.output, seen};
    throw Error(ErrorKind::usage,
                fmt::format("-o {}: this farm publishes below {} (scheduler.output of its farm "
                            "file): {}, or change the farm file",
                            asked.output,
                            fmt::join(paths, ", "),
                            paths.size() == 1 ? "leave -o out" : "name one of these"));
}

ResolvedNight on_class_of_farm(ResolvedNight night, const std::string& device_class) {
    if (!has_strict_shots(night)) return night;
    if (!device_class.empty()) return on_device_class(std::move(night), device_class);
    throw Error(ErrorKind::unavailable,
                "the night has shots with `reproducible: strict`, and no worker is connected whose "
                "device class they could stay on: start a worker and submit again");
}

// A night that no connected worker can render is better known now than in the morning.
void say_what_is_missing(wire::Client& client, std::uint64_t job) {
    client.watch(job, [](const wire::JobNews& news) {
        const Json head = parse_json(news.text, "news of the job").value("job", Json::object());
        if (head.value("stuck", false)) say("waits: {}\n", text_at(head, "waits"));
        return false;
    });
}

void require(bool holds, const char* rule) {
    if (!holds) throw Error(ErrorKind::usage, rule);
}

JobFolder job_folder_for(const SubmitAsked& asked, const Surroundings& surroundings) {
    if (asked.night.path.empty()) {
        const ExportAsked& exported = asked.exported;
        require(exported.manager.empty(), "--to exports a night: name its file");
        require(exported.grain.empty() && exported.store.empty() && exported.device_class.empty(),
                "--grain, --store and --device-class are for --to: the job is exported already");
        return open_job_folder(asked.exported.job_directory);
    }
    require(!asked.exported.manager.empty(), "--job needs --to MANAGER, or no night file");
    require(asked.priority == 0,
            "--priority is for jobs of a farm: see the manager's section of docs/farm.md");
    ExportAsked wanted = asked.exported;
    wanted.night = asked.night;
    if (!asked.output.empty()) wanted.output = asked.output;
    return export_night(wanted, surroundings).folder;
}

// To another farm manager.
int hand_over(const SubmitAsked& asked, const Surroundings& surroundings) {
    require(asked.config.empty() || asked.config == surroundings.farm_config,
            "--config names a farm of Nightreel; settings of another farm manager: --site FILE");
    require(!asked.exported.job_directory.empty(), "--to needs --job JOBDIR, a new folder");
    const JobFolder folder = job_folder_for(asked, surroundings);
    const HandedOver job = submit_job(folder, surroundings.clock);
    answer("{}\n", fmt::join(job.submission.ids, "\n"));
    if (job.is_new) {
        say("{}: {} handed over to {}; `nightreel wait --job {}` waits for its end\n",
            folder.index.show,
            counted(static_cast<std::int64_t>(job.submission.units.size()), "unit"),
            folder.exported.manager,
            shell_word(folder.place.string()));
        return 0;
    }
    const JobSight sight = look_at_job(folder, surroundings.clock);
    say("{}; the job is {}\n",
        job.why_not,
        text_at(job_head_of(sight, look_at_units(sight)), "state"));
    return 0;
}

int submit(const SubmitAsked& asked, const Surroundings& surroundings) {
    if (!asked.exported.manager.empty() || !asked.exported.job_directory.empty()) {
        return hand_over(asked, surroundings);
    }
    require(!asked.night.path.empty(), "night is required: nightreel submit NIGHT.yaml");
    WrittenNight written;
    ResolvedNight night = load_night(asked.night, surroundings, &written);
    const std::vector<NightFile> texts = texts_of(written);
    if (asked.config.empty()) {
        throw Error(ErrorKind::usage,
                    "no farm given: use --config FARM.yaml or set NIGHTREEL_FARM");
    }
    FarmAccess farm({.output = {}, .config = asked.config}, surroundings);
    wire::Client& client = farm.client();
    const wire::Prepared told = ask_farm(client);
    const OutputOfNight output = output_of(asked, told);
    night = on_class_of_farm(std::move(night), told.device_class);
    NightPlan plan = plan_for(night,
                              output.path,
                              {.where = PlannedFor::farm,
                               .versions = ask_versions(client, night, output.seen),
                               .root = output.root,
                               .rates = read_rates(client)});
    note_prompts(plan, written);
    const wire::Submitted submitted = client.submit({.key = submission_key(plan, output.path),
                                                     .title = night.show,
                                                     .priority = asked.priority,
                                                     .night = texts},
                                                    plan.graph);
    answer("{}\n", submitted.job);
    say("{}: {}, {}\n",
        night.show,
        counted(plan.totals.tasks, "task"),
        counted(plan.totals.frames, "frame"));
    if (submitted.known) {
        say_known(submitted.job, take_up_again(client, submitted.job, output.seen));
    }
    say_what_is_missing(client, submitted.job);
    return 0;
}

void add_export_options(Command& command, ExportAsked& exported, const Surroundings& surroundings) {
    command.options.push_back({.names = "--to",
                               .target = &exported.manager,
                               .meaning = "farm manager to hand it over to, instead of a farm",
                               .value = "MANAGER",
                               .choices = farm_manager_names()});
    command.options.push_back({.names = "--job",
                               .target = &exported.job_directory,
                               .meaning = "with --to: the new job directory; alone: one that was "
                                          "exported before",
                               .value = "JOBDIR"});
    for (Option& option : export_options(exported, surroundings)) {
        option.meaning = "with --to: " + option.meaning;
        command.options.push_back(std::move(option));
    }
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
                                      .meaning = "one of the farm's output folders, as this "
                                                 "machine sees it; default: the first of "
                                                 "scheduler.output",
                                      .value = "DIR"},
                                     {.names = "--priority",
                                      .target = &asked->priority,
                                      .meaning = "higher runs first",
                                      .value = "N"}};
    command.options.insert(command.options.end(), own.begin(), own.end());
    for (Option& option : command.options) {
        if (option.names == "night") option.required = false;  // not with --job alone
    }
    add_export_options(command, asked->exported, surroundings);
    return command;
}

}  // namespace nightreel::cli
