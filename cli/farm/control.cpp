// cancel, pause, resume, retry, priority: wishes about a job, or a part of one.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"

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
                    fmt::format("{} takes a job as a whole: {}", verb, address.job));
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

CLI::App* add_wish(Verbs& verbs,
                   const char* name,
                   const char* meaning,
                   MakeRequest make,
                   const std::shared_ptr<ControlAsked>& asked) {
    CLI::App* verb = verbs.app.add_subcommand(name, meaning);
    verb->add_option("job", asked->job, "JOB[.SHOT[.TAKE[.TASK]]]")->required();
    add_farm_options(*verb, asked->farm, verbs.surroundings);
    verb->callback([&verbs, asked, make] {
        verbs.chosen = [&verbs, asked, make] {
            const JobAddress address = parse_job_address(asked->job);
            const wire::ClientRequest request = make(*asked, address);
            FarmAccess farm(asked->farm, verbs.surroundings);
            const wire::ServerReply reply = farm.client().ask(request);
            if (const auto* changed = std::get_if<wire::Changed>(&reply)) {
                fmt::print(
                    stderr, "{} task{} changed\n", changed->tasks, changed->tasks == 1 ? "" : "s");
            }
            return 0;
        };
    });
    return verb;
}

}  // namespace

void add_control(Verbs& verbs) {
    add_wish(verbs,
             "cancel",
             "stop a job, a shot, a take or a task",
             cancel_request,
             std::make_shared<ControlAsked>());
    const auto retried = std::make_shared<ControlAsked>();
    add_wish(verbs, "retry", "try again what failed or was cancelled", retry_request, retried)
        ->add_flag("--everything", retried->everything, "also what is done: made afresh");
    add_wish(verbs,
             "pause",
             "give out no more of a job's tasks",
             pause_request,
             std::make_shared<ControlAsked>());
    add_wish(verbs,
             "resume",
             "go on with a paused job",
             resume_request,
             std::make_shared<ControlAsked>());
    const auto raised = std::make_shared<ControlAsked>();
    add_wish(verbs, "priority", "put a job before or behind others", priority_request, raised)
        ->add_option("priority", raised->priority, "higher goes first")
        ->required();
}

}  // namespace nightreel::cli
