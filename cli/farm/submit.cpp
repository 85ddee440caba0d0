// submit: a night handed to a farm.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_access.h"
#include "cli/json_values.h"
#include "cli/night/night_input.h"
#include "cli/night/take_up.h"
#include "cli/night/versions.h"
#include "cli/verbs.h"
#include "pipeline/plan/roots.h"
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

int submit(const SubmitAsked& asked, const Surroundings& surroundings) {
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
                              PlannedFor::farm,
                              ask_versions(client, night, output.seen),
                              output.root);
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
    return command;
}

}  // namespace nightreel::cli
