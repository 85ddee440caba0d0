// wait: until a job of a farm has ended.
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_table.h"
#include "cli/farm/job_view.h"
#include "cli/job/job_verbs.h"
#include "cli/night/take_report.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

// For a scheduler that is started again, or its machine. A `run` that ended does not come back.
constexpr Millis farm_away_max{10 * 60 * 1000};

struct WaitAsked {
    FarmChoice farm;
    std::string directory;
    std::string job;
    double timeout_seconds = 0;
    bool json = false;
};

void require_somebody_works(wire::Client& client, std::uint64_t job) {
    Json status = read_status(client, {job, {}});
    mark_stopped(status);
    if (status.at("job").value("state", std::string()) != "stopped") return;
    throw Error(ErrorKind::unreachable,
                fmt::format("job {} has stopped: no `nightreel run` is working on this folder; run "
                            "the same command again",
                            job));
}

// Watches the job until it has ended. A scheduler that answered before may be away for `away_max`.
void watch_to_the_end(wire::Client& client,
                      std::uint64_t job,
                      Millis away_max,
                      const Surroundings& surroundings) {
    ProgressView view(surroundings);
    std::optional<Millis> heard;
    bool is_away = false;
    while (true) {
        try {
            client.watch(job, [&](const wire::JobNews& news) {
                heard = surroundings.clock.steady();
                is_away = false;
                view.show(parse_json(news.text, "news of the job"));
                return true;
            });
            return;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::unreachable || !heard) throw;
            if (surroundings.clock.steady() - *heard > away_max) throw;
            if (is_away) continue;
            is_away = true;
            view.clear();
            say("{}; waiting for up to {}\n",
                error.what(),
                duration_text(std::chrono::duration<double>(away_max).count()));
        }
    }
}

int wait(const WaitAsked& asked, const Surroundings& surroundings) {
    if (!asked.directory.empty()) {
        return wait_for_job_directory(
            asked.directory, asked.timeout_seconds, asked.json, surroundings);
    }
    FarmAccess farm(asked.farm, surroundings);
    wire::Client& client = farm.client();
    const JobAddress address = job_meant(client, asked.job);
    if (farm.nobody_works()) require_somebody_works(client, address.job);
    const Millis begin = surroundings.clock.steady();
    const auto limit = Millis(static_cast<Millis::rep>(asked.timeout_seconds * 1000));
    client.call_while_waiting([&] {
        if (limit <= Millis(0) || surroundings.clock.steady() - begin < limit) return;
        throw Error(ErrorKind::timed_out,
                    fmt::format("timed out; job {} has not ended", address.job));
    });
    const Millis away_max = asked.farm.output.empty() ? farm_away_max : Millis(0);
    watch_to_the_end(client, address.job, away_max, surroundings);
    client.call_while_waiting({});
    const Json status = read_status(client, {address.job, {}});
    if (asked.json) answer("{}\n", with_yield(status).dump(2));
    say("{}{}{}{}",
        job_heading(status.at("job")),
        take_table(takes_of(status.at("tasks"))),
        yield_line(status.at("tasks")),
        failures_text(status.at("job")));
    return exit_code_of_job(status.at("job"));
}

}  // namespace

Command wait_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<WaitAsked>();
    Command command{.name = "wait",
                    .meaning = "wait until a job has ended and show its progress",
                    .example = "nightreel wait --config farm.yaml 12",
                    .options = {{.names = "job",
                                 .target = &asked->job,
                                 .meaning = "job number; default: the latest job",
                                 .value = "JOB"}},
                    .run = [asked, &surroundings] { return wait(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back(job_directory_option(asked->directory));
    command.options.push_back({.names = "--timeout",
                               .target = &asked->timeout_seconds,
                               .meaning = "seconds to wait; exit code 6 when they have passed",
                               .value = "SECONDS",
                               .limits = {0, 1e9}});
    Option json = json_option(asked->json);
    json.meaning = "print the job's status as JSON when it has ended";
    command.options.push_back(std::move(json));
    return command;
}

}  // namespace nightreel::cli
