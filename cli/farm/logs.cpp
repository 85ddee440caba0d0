#include <memory>

#include <poll.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/log_follower.h"
#include "cli/job/job_verbs.h"
#include "cli/verbs.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

constexpr int look_every_ms = 1'000;

struct LogsAsked {
    FarmChoice farm;
    std::string directory;
    std::string job;
    bool json = false;
    bool follow = false;
};

// All pages as one listing.
Json read_logs(wire::Client& client, const JobAddress& address, bool follow) {
    Json all;
    std::uint64_t first = 0;
    do {
        const wire::Listing page =
            client.list(wire::GetLogs{address.job, address.path, first, follow});
        Json listing = parse_json(page.text, "logs");
        if (first == 0) {
            all = std::move(listing);
        } else {
            for (Json& row : listing["logs"]) all["logs"].push_back(std::move(row));
        }
        if (page.next <= first) break;
        first = page.next;
    } while (true);
    return all;
}

bool has_finished(wire::Client& client, std::uint64_t job) {
    constexpr std::uint64_t no_tasks = std::uint64_t{1} << 31U;
    const Json page = parse_json(client.list(wire::GetStatus{job, "", no_tasks}).text, "status");
    return page.value("job", Json::object()).contains("finished_at");
}

int follow_logs(wire::Client& client, const JobAddress& address) {
    LogFollower follower;
    while (true) {
        // Asked before reading: nothing is written after it.
        const bool is_last = has_finished(client, address.job);
        mention_text(follower.news(read_logs(client, address, true)["logs"]));
        if (is_last) return 0;
        ::poll(nullptr, 0, look_every_ms);
    }
}

int show_logs(const LogsAsked& asked, const Surroundings& surroundings) {
    if (!asked.directory.empty()) {
        return show_job_logs(asked.directory, asked.job, asked.follow, asked.json, surroundings);
    }
    const JobAddress address = parse_job_address(asked.job);
    FarmAccess farm(asked.farm, surroundings);
    if (asked.follow) {
        if (asked.json) throw Error(ErrorKind::usage, "logs: --follow has no --json form");
        return follow_logs(farm.client(), address);
    }
    const Json listing = read_logs(farm.client(), address, false);
    if (asked.json) {
        answer("{}\n", listing.dump(2));
        return 0;
    }
    const Json rows = listing.value("logs", Json::array());
    if (rows.empty()) say("no attempt of {} has left a log yet\n", asked.job);
    for (const Json& log : rows) {
        const auto left_out = log.value("attempts_left_out", std::uint64_t{0});
        if (left_out > 0) answer("== {} earlier attempts are not shown\n", left_out);
        const std::string tail = log.value("tail", std::string());
        answer("{}{}{}", log_heading(log), tail, tail.empty() || tail.back() == '\n' ? "" : "\n");
        if (tail.empty() && log.value("running", false)) {
            answer("running: `nightreel logs -f {}` shows what it writes\n", asked.job);
        }
    }
    return 0;
}

}  // namespace

Command logs_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<LogsAsked>();
    Command command{.name = "logs",
                    .meaning = "show the log of each attempt of a task",
                    .example = "nightreel logs -o out 1.sq010_sh0010",
                    .options = {job_or_part_argument(asked->job),
                                {.names = "-f,--follow",
                                 .target = &asked->follow,
                                 .meaning = "show what running attempts write until the job ends"}},
                    .run = [asked, &surroundings] { return show_logs(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back(job_directory_option(asked->directory));
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
