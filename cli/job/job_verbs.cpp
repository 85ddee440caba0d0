#include "cli/job/job_verbs.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include "cli/counted.h"
#include "cli/farm/job_table.h"
#include "cli/farm/job_view.h"
#include "cli/job/hand_over.h"
#include "cli/job/job_status.h"
#include "cli/json_values.h"
#include "cli/night/take_report.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

// Controllers of clusters are asked gently; a job that ends soon is not waited for long after.
constexpr Millis look_every_min{500};
constexpr Millis look_every_max{5'000};

Millis until_next_look(Millis waited) {
    return std::clamp(waited / 10, look_every_min, look_every_max);
}

Json status_of(const JobSight& sight) {
    return job_status_of(sight, look_at_units(sight));
}

std::string text_of_status(const Json& status) {
    const Json& head = status.at("job");
    std::string text = job_heading(head) + take_table(takes_of(status.at("tasks"))) +
                       yield_line(status.at("tasks"));
    const std::string waits = text_at(head, "waits");
    if (!waits.empty()) text += fmt::format("  waits: {}\n", waits);
    return text + failures_text(head);
}

int show_night_of(const JobFolder& folder, bool json) {
    const auto& files = folder.origin.night;
    if (files.empty()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("{} was exported without the text of its night", folder.place.string()));
    }
    if (json) {
        answer("{}\n", Json({{"format", 1}, {"files", to_json_value(files)}}).dump(2));
        return 0;
    }
    answer_text(files.front().text);
    if (files.size() == 1) return 0;
    say("it includes {} more; --json prints all\n",
        counted(static_cast<std::int64_t>(files.size()) - 1, "file"));
    return 0;
}

}  // namespace

Option job_directory_option(std::string& target) {
    return {.names = "--job",
            .target = &target,
            .meaning = "job directory of another farm manager, instead of a farm",
            .value = "JOBDIR"};
}

int show_job_status(const std::string& directory,
                    const std::string& path,
                    bool night,
                    bool json,
                    const Surroundings& surroundings) {
    const JobFolder folder = open_job_folder(directory);
    if (night) return show_night_of(folder, json);
    const Json status = tasks_below(status_of(look_at_job(folder, surroundings.clock)), path);
    answer_text(json ? with_yield(status).dump(2) + "\n" : text_of_status(status));
    return 0;
}

int list_job_directories(const std::string& given, bool json, const Surroundings& surroundings) {
    std::vector<fs::path> places;
    if (fs::exists(fs::path(given) / manager_file)) {
        places.emplace_back(given);
    } else if (fs::is_directory(given)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(given)) {
            if (fs::exists(entry.path() / manager_file)) places.push_back(entry.path());
        }
        std::ranges::sort(places);
    } else {
        throw Error(ErrorKind::usage, fmt::format("{}: no such folder", given));
    }
    Json jobs = Json::array();
    for (const fs::path& place : places) {
        const JobSight sight = look_at_job(open_job_folder(place), surroundings.clock);
        jobs.push_back(job_head_of(sight, look_at_units(sight)));
    }
    answer_text(json ? Json({{"format", 1}, {"jobs", jobs}}).dump(2) + "\n" : job_table(jobs));
    return 0;
}

int wait_for_job_directory(const std::string& directory,
                           double seconds_max,
                           bool json,
                           const Surroundings& surroundings) {
    const JobFolder folder = open_job_folder(directory);
    const Millis begin = surroundings.clock.steady();
    const auto limit = Millis(static_cast<Millis::rep>(seconds_max * 1000));
    ProgressView view(surroundings);
    Json status;
    while (true) {
        const JobSight sight = look_at_job(folder, surroundings.clock);
        const auto units = look_at_units(sight);
        status = job_status_of(sight, units);
        if (has_ended(units)) break;
        if (!sight.submissions.empty() &&
            sight.submissions.back().state == SubmissionState::sending) {
            submit_job(folder, surroundings.clock);
            continue;
        }
        if (text_at(status["job"], "state") == "stopped") {
            throw Error(ErrorKind::unreachable, text_at(status["job"], "waits"));
        }
        view.show(status);
        const Millis waited = surroundings.clock.steady() - begin;
        if (limit > Millis(0) && waited >= limit) {
            throw Error(ErrorKind::timed_out,
                        fmt::format("timed out; the job in {} has not ended", directory));
        }
        ::poll(nullptr, 0, static_cast<int>(until_next_look(waited).count()));
    }
    view.clear();
    if (json) answer("{}\n", with_yield(status).dump(2));
    say("{}{}{}{}",
        job_heading(status.at("job")),
        take_table(takes_of(status.at("tasks"))),
        yield_line(status.at("tasks")),
        failures_text(status.at("job")));
    return exit_code_of_job(status.at("job"));
}

int cancel_job_directory(const std::string& directory,
                         const std::string& path,
                         const Surroundings& surroundings) {
    if (!path.empty()) {
        throw Error(
            ErrorKind::usage,
            fmt::format(
                "--job takes the whole job: `nightreel cancel --job {}`, not {}", directory, path));
    }
    const JobFolder folder = open_job_folder(directory);
    const JobSight sight = [&] {
        JobSight seen = sight_of(folder, surroundings.clock);
        ask_manager(folder, seen);
        return seen;
    }();
    if (const auto units = look_at_units(sight); !sight.submissions.empty() && has_ended(units)) {
        say("the job in {} is {}: nothing changed\n",
            directory,
            text_at(job_head_of(sight, units), "state"));
        return 0;
    }
    cancel_job(folder);
    say("the job in {} is cancelled; what is done stays\n", directory);
    return 0;
}

int retry_job_directory(const std::string& directory,
                        const std::string& path,
                        const Surroundings& surroundings) {
    const JobFolder folder = open_job_folder(directory);
    const JobSight sight = look_at_job(folder, surroundings.clock);
    const std::vector<UnitSight> units = look_at_units(sight);
    const std::set<std::string> names = units_to_retry(sight, units, path);
    if (names.empty()) {
        say("0 units to run again: the job in {} is {}\n",
            directory,
            text_at(status_of(sight)["job"], "state"));
        return 0;
    }
    const Submission again = hand_over_units(folder, names, surroundings.clock);
    say("{} handed over again to {} ({})\n",
        counted(static_cast<std::int64_t>(names.size()), "unit"),
        folder.exported.manager,
        fmt::join(again.ids, ", "));
    return 0;
}

}  // namespace nightreel::cli
