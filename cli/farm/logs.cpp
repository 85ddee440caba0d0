#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
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
        fmt::print("{}\n", listing.dump(2));
        return 0;
    }
    for (const Json& log : listing.value("logs", Json::array())) {
        fmt::print("== {}  attempt {}  on {}  {}\n",
                   log.value("task", std::string()),
                   log.value("attempt", 0),
                   log.value("worker", std::string()),
                   log.value("path", std::string()));
        const std::string tail = log.value("tail", std::string());
        fmt::print("{}{}", tail, tail.empty() || tail.back() == '\n' ? "" : "\n");
    }
    return 0;
}

}  // namespace

void add_logs(Verbs& verbs) {
    CLI::App* verb = verbs.app.add_subcommand("logs", "show what the attempts of a task said");
    const auto asked = std::make_shared<LogsAsked>();
    verb->add_option("job", asked->job, "JOB[.SHOT[.TAKE[.TASK]]]")->required();
    add_farm_options(*verb, asked->farm, verbs.surroundings);
    verb->add_flag("--json", asked->json, "for programs");
    verb->callback([&verbs, asked] {
        verbs.chosen = [&verbs, asked] { return show_logs(*asked, verbs.surroundings); };
    });
}

}  // namespace nightreel::cli
