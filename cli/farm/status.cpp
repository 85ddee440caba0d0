#include <memory>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/farm/job_view.h"
#include "cli/night/take_report.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct StatusAsked {
    FarmChoice farm;
    std::string job;
    bool json = false;
};

std::uint64_t latest_job(wire::Client& client) {
    const Json listing = parse_json(client.list(wire::ListJobs{}).text, "list of jobs");
    const Json jobs = listing.value("jobs", Json::array());
    if (jobs.empty()) throw Error(ErrorKind::bad_input, "no night was submitted to this farm");
    return jobs.back().at("job").get<std::uint64_t>();
}

std::string status_text(const Json& status) {
    const Json& head = status.at("job");
    const Json counts = head.value("tasks", Json::object());
    std::string text = fmt::format("job {}  {}  {}: {} of {} tasks done\n",
                                   head.value("job", 0),
                                   head.value("title", std::string()),
                                   head.value("state", std::string()),
                                   counts.value("done", 0),
                                   counts.value("total", 0));
    text += take_table(takes_of(status.at("tasks")));
    const std::string waits = head.value("waits", std::string());
    if (!waits.empty()) text += fmt::format("  waits: {}\n", waits);
    return text + failures_text(head);
}

int show_status(const StatusAsked& asked, const Surroundings& surroundings) {
    FarmAccess farm(asked.farm, surroundings);
    const JobAddress address = asked.job.empty() ? JobAddress{latest_job(farm.client()), {}}
                                                 : parse_job_address(asked.job);
    const Json status = read_status(farm.client(), address);
    answer("{}", asked.json ? status.dump(2) + "\n" : status_text(status));
    return 0;
}

struct ListAsked {
    FarmChoice farm;
    bool workers = false;
    bool json = false;
};

int show_list(const ListAsked& asked, const Surroundings& surroundings) {
    FarmAccess farm(asked.farm, surroundings);
    const wire::ClientRequest request = asked.workers ? wire::ClientRequest(wire::ListWorkers{})
                                                      : wire::ClientRequest(wire::ListJobs{});
    const Json listing = parse_json(farm.client().list(request).text, "listing");
    if (asked.json) {
        answer("{}\n", listing.dump(2));
        return 0;
    }
    for (const Json& job : listing.value("jobs", Json::array())) {
        const Json counts = job.value("tasks", Json::object());
        answer("{:>5}  {:9}  {:>6}/{:<6}  {}\n",
               job.value("job", 0),
               job.value("state", std::string()),
               counts.value("done", 0),
               counts.value("total", 0),
               job.value("title", std::string()));
    }
    for (const Json& worker : listing.value("workers", Json::array())) {
        answer("{:16}  {:16}  running {}  last seen {}  {}\n",
               worker.value("worker", std::string()),
               worker.value("host", std::string()),
               worker.value("running", 0),
               worker.value("last_seen", std::string()),
               worker.value("set_aside_why", std::string()));
    }
    return 0;
}

}  // namespace

Json read_status(wire::Client& client, const JobAddress& address) {
    Json all;
    std::uint64_t first = 0;
    do {
        const wire::Listing page = client.list(wire::GetStatus{address.job, address.path, first});
        Json part = parse_json(page.text, "status of the job");
        if (all.is_null()) {
            all = std::move(part);
        } else {
            for (Json& task : part["tasks"]) all["tasks"].push_back(std::move(task));
        }
        first = page.next;
    } while (first != 0);
    all["takes"] = to_json_value(takes_of(all["tasks"]));
    return all;
}

std::set<std::string> tasks_done(const Json& status) {
    std::set<std::string> names;
    for (const Json& task : status.at("tasks")) {
        if (task.value("state", std::string()) == "done")
            names.insert(task.value("task", std::string()));
    }
    return names;
}

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
    command.options.push_back({.names = "--workers",
                               .target = &asked->workers,
                               .meaning = "list workers instead of jobs"});
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
