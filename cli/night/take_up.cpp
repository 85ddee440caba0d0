#include "cli/night/take_up.h"

#include <set>
#include <string>

#include <fmt/format.h>

#include "cli/farm/job_listing.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

std::uint64_t changed_by(wire::Client& client, const wire::ClientRequest& request) {
    const wire::ServerReply reply = client.ask(request);
    const auto* changed = std::get_if<wire::Changed>(&reply);
    return changed == nullptr ? 0 : changed->tasks;
}

// Takes that count as done although their folder is gone. An output folder that is not there at all
// is one that this machine does not see.
std::uint64_t publish_what_is_gone(wire::Client& client,
                                   std::uint64_t job,
                                   const NightPlan& plan,
                                   const std::set<std::string>& done,
                                   const fs::path& output) {
    std::uint64_t tasks = 0;
    if (!fs::is_directory(output)) return tasks;
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* publish = std::get_if<PublishOrder>(&task.order);
        if (publish == nullptr || !done.contains(task.name)) continue;
        if (fs::exists(output / publish->folder / "publish.json")) continue;
        tasks += changed_by(client, wire::Retry{job, task.name, true});
    }
    return tasks;
}

std::uint64_t go_on(wire::Client& client,
                    std::uint64_t job,
                    const Json& status,
                    const NightPlan& plan,
                    const fs::path& output) {
    const std::string state = status.at("job").value("state", std::string());
    if (state == "paused") return changed_by(client, wire::Resume{job});
    std::uint64_t tasks = 0;
    if (state == "failed" || state == "cancelled") {
        tasks = changed_by(client, wire::Retry{job, {}, false});
    } else if (state != "done") {
        return tasks;  // it is being worked on
    }
    return tasks + publish_what_is_gone(client, job, plan, tasks_done(status), output);
}

}  // namespace

TakenUp take_up_again(wire::Client& client,
                      std::uint64_t job,
                      const NightPlan& plan,
                      const fs::path& output) {
    const Json status = read_status(client, {job, {}});
    const std::string state = status.at("job").value("state", std::string());
    try {
        return {state, go_on(client, job, status, plan, output)};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_allowed) throw;
        throw Error(error.kind(),
                    fmt::format("this night is job {0}, which is {1}: `nightreel {2} {0}` goes on "
                                "with it, but {3}",
                                job,
                                state,
                                state == "paused" ? "resume" : "retry",
                                error.what()));
    }
}

}  // namespace nightreel::cli
