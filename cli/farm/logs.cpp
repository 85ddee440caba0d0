#include <memory>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

struct LogsAsked {
    FarmChoice farm;
    std::string job;
    bool json = false;
};

int show_logs(const LogsAsked& asked, const Surroundings& surroundings) {
    const JobAddress address = parse_job_address(asked.job);
    FarmAccess farm(asked.farm, surroundings);
    const Json listing =
        parse_json(farm.client().list(wire::GetLogs{address.job, address.path}).text, "logs");
    if (asked.json) {
        answer("{}\n", listing.dump(2));
        return 0;
    }
    for (const Json& log : listing.value("logs", Json::array())) {
        answer("== {}  attempt {}  on {}  {}\n",
               log.value("task", std::string()),
               log.value("attempt", 0),
               log.value("worker", std::string()),
               log.value("path", std::string()));
        const std::string tail = log.value("tail", std::string());
        answer("{}{}", tail, tail.empty() || tail.back() == '\n' ? "" : "\n");
    }
    return 0;
}

}  // namespace

Command logs_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<LogsAsked>();
    Command command{.name = "logs",
                    .meaning = "show the log of each attempt of a task",
                    .example = "nightreel logs -o out 1.sq010_sh0010",
                    .options = {job_argument(asked->job)},
                    .run = [asked, &surroundings] { return show_logs(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
