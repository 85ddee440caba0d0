// cancel, pause, resume, retry, priority: wishes about a job, or a part of one.
#include <memory>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct ControlAsked {
    FarmChoice farm;
    std::string job;
    bool everything = false;
    std::int32_t priority = 0;
};

using MakeRequest = wire::ClientRequest (*)(const ControlAsked&, const JobAddress&);

void require_whole_job(const JobAddress& address, const char* verb) {
    if (!address.path.empty()) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} applies to a whole job: use {}", verb, address.job));
    }
}

wire::ClientRequest cancel_request(const ControlAsked&, const JobAddress& address) {
    return wire::Cancel{address.job, address.path};
}

wire::ClientRequest retry_request(const ControlAsked& asked, const JobAddress& address) {
    return wire::Retry{address.job, address.path, asked.everything};
}

wire::ClientRequest pause_request(const ControlAsked&, const JobAddress& address) {
    require_whole_job(address, "pause");
    return wire::Pause{address.job};
}

wire::ClientRequest resume_request(const ControlAsked&, const JobAddress& address) {
    require_whole_job(address, "resume");
    return wire::Resume{address.job};
}

wire::ClientRequest priority_request(const ControlAsked& asked, const JobAddress& address) {
    require_whole_job(address, "priority");
    return wire::SetPriority{address.job, asked.priority};
}

struct Wish {
    const char* name;
    const char* meaning;
    const char* example;
    MakeRequest make;
};

int ask_for(const Wish& wish, const ControlAsked& asked, const Surroundings& surroundings) {
    const JobAddress address = parse_job_address(asked.job);
    const wire::ClientRequest request = wish.make(asked, address);
    FarmAccess farm(asked.farm, surroundings);
    const wire::ServerReply reply = farm.client().ask(request);
    if (const auto* changed = std::get_if<wire::Changed>(&reply)) {
        say("{} task{} changed\n", changed->tasks, changed->tasks == 1 ? "" : "s");
    }
    return 0;
}

Command command_of(const Wish& wish,
                   const std::shared_ptr<ControlAsked>& asked,
                   const Surroundings& surroundings) {
    Command command{
        .name = wish.name,
        .meaning = wish.meaning,
        .example = wish.example,
        .options = {job_argument(asked->job)},
        .run = [wish, asked, &surroundings] { return ask_for(wish, *asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    return command;
}

}  // namespace

std::vector<Command> control_commands(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ControlAsked>();
    const auto make = [&](const Wish& wish) { return command_of(wish, asked, surroundings); };
    Command retry = make({"retry",
                          "retry failed and cancelled tasks",
                          "nightreel retry -o out 1.sq010_sh0010",
                          retry_request});
    retry.options.push_back({.names = "--everything",
                             .target = &asked->everything,
                             .meaning = "also render finished tasks again"});
    Command priority = make({"priority",
                             "set the priority of a job",
                             "nightreel priority --config farm.yaml 12 50",
                             priority_request});
    priority.options.push_back({.names = "priority",
                                .target = &asked->priority,
                                .meaning = "higher runs first",
                                .value = "N",
                                .required = true});
    return {make({"cancel",
                  "cancel a job, a shot, a take or a task",
                  "nightreel cancel -o out 1.sq010_sh0010.take02",
                  cancel_request}),
            std::move(retry),
            make({"pause",
                  "stop starting new tasks of a job (running ones finish)",
                  "nightreel pause --config farm.yaml 12",
                  pause_request}),
            make({"resume",
                  "resume a paused job",
                  "nightreel resume --config farm.yaml 12",
                  resume_request}),
            std::move(priority)};
}

}  // namespace nightreel::cli
