#include <memory>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_table.h"
#include "cli/job/job_verbs.h"
#include "cli/json_values.h"
#include "cli/night/take_report.h"
#include "cli/review/chosen_take.h"
#include "cli/review/flagged.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct StatusAsked {
    FarmChoice farm;
    std::string directory;
    std::string job;
    bool night = false;
    bool json = false;
};

// The night file alone goes to stdout, byte for byte.
int show_night(const StatusAsked& asked, wire::Client& client, std::uint64_t job) {
    const Json night = read_night(client, job);
    const Json& files = night.at("files");
    if (files.empty()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("job {} was submitted without the text of its night", job));
    }
    answer_text(asked.json ? night.dump(2) + "\n" : text_at(files.front(), "text"));
    if (files.size() == 1 || asked.json) return 0;
    say("it includes {} more; --json prints all\n",
        counted(static_cast<std::int64_t>(files.size()) - 1, "file"));
    return 0;
}

std::string status_text(const Json& status) {
    const Json& head = status.at("job");
    std::string text = job_heading(head);
    text += take_table(takes_of(status.at("tasks"))) + yield_line(status.at("tasks"));
    const std::string waits = text_at(head, "waits");
    if (!waits.empty()) text += fmt::format("  waits: {}\n", waits);
    return text + silences_text(head) + failures_text(head);
}

int show_status(const StatusAsked& asked, const Surroundings& surroundings) {
    if (!asked.directory.empty()) {
        return show_job_status(asked.directory, asked.job, asked.night, asked.json, surroundings);
    }
    FarmAccess farm(asked.farm, surroundings);
    const JobAddress address = job_meant(farm.client(), asked.job);
    if (asked.night) return show_night(asked, farm.client(), address.job);
    Json status = read_status(farm.client(), address);
    if (farm.nobody_works()) mark_stopped(status);
    answer_text(asked.json ? with_yield(status).dump(2) + "\n" : status_text(status));
    return 0;
}

struct ListAsked {
    FarmChoice farm;
    std::string directory;
    bool workers = false;
    bool flagged = false;
    bool json = false;
};

int show_flagged(const ListAsked& asked, const Surroundings& surroundings) {
    const Json listing = read_flagged(review_outputs(asked.farm, surroundings));
    answer_text(asked.json ? listing.dump(2) + "\n" : flagged_table(listing));
    return 0;
}

int show_list(const ListAsked& asked, const Surroundings& surroundings) {
    if (!asked.directory.empty()) {
        return list_job_directories(asked.directory, asked.json, surroundings);
    }
    if (asked.flagged) return show_flagged(asked, surroundings);
    FarmAccess farm(asked.farm, surroundings);
    Json listing = asked.workers ? read_workers(farm.client()) : read_jobs(farm.client());
    if (farm.nobody_works()) mark_stopped(listing);
    if (asked.json) {
        answer("{}\n", listing.dump(2));
    } else {
        answer_text(job_table(listing.value("jobs", Json::array())));
        answer_text(worker_table(listing.value("workers", Json::array())));
    }
    return 0;
}

}  // namespace

Command status_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<StatusAsked>();
    Command command{
        .name = "status",
        .meaning =
            "show takes, what runs, what failed and why; docs/quality.md explains the figures",
        .example = "nightreel status -o out",
        .options = {{.names = "job",
                     .target = &asked->job,
                     .meaning = "JOB[.SHOT[.TAKE[.TASK]]]; default: the latest job",
                     .value = "JOB"}},
        .run = [asked, &surroundings] { return show_status(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back(job_directory_option(asked->directory));
    command.options.push_back({.names = "--night",
                               .target = &asked->night,
                               .meaning = "print the night file as it was submitted"});
    command.options.push_back(json_option(asked->json));
    return command;
}

Command list_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ListAsked>();
    Command command{.name = "list",
                    .meaning = "list the jobs or the workers of a farm",
                    .example = "nightreel list --config farm.yaml --workers",
                    .run = [asked, &surroundings] { return show_list(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    Option directory = job_directory_option(asked->directory);
    directory.meaning = "a job directory of another farm manager, or a folder of them";
    command.options.push_back(std::move(directory));
    command.options.push_back({.names = "--workers",
                               .target = &asked->workers,
                               .meaning = "list workers instead of jobs"});
    command.options.push_back({.names = "--flagged",
                               .target = &asked->flagged,
                               .meaning = "list published takes to look at: flagged by a person, "
                                          "or by the quality report and not yet judged",
                               .excludes = "--workers"});
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
