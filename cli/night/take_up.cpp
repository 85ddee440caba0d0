#include "cli/night/take_up.h"

#include <string>

#include <fmt/format.h>

#include "cli/farm/job_listing.h"
#include "cli/json_values.h"
#include "pipeline/plan/plan_night.h"
#include "pipeline/takes/dailies_folder.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

std::uint64_t changed_by(wire::Client& client, const wire::ClientRequest& request) {
    const wire::ServerReply reply = client.ask(request);
    const auto* changed = std::get_if<wire::Changed>(&reply);
    return changed == nullptr ? 0 : changed->tasks;
}

// Somebody moved or deleted the dailies. Not known where their output root, which they lie three
// folders below, is not to be seen from here.
bool are_gone(const Json& head) {
    const fs::path dailies = text_at(head, "dailies");
    const fs::path root = dailies.parent_path().parent_path().parent_path();
    std::error_code ignored;
    if (dailies.empty() || !fs::is_directory(root, ignored)) return false;
    return !fs::exists(dailies / summary_file, ignored) && !ignored;
}

std::uint64_t go_on(wire::Client& client,
                    std::uint64_t job,
                    const Json& status,
                    const fs::path& output) {
    const std::string state = status.at("job").value("state", std::string());
    if (state == "paused") return changed_by(client, wire::Resume{job});
    std::uint64_t tasks = 0;
    if (state == "failed" || state == "cancelled") {
        tasks = changed_by(client, wire::Retry{job, {}, false});
    } else if (state != "done") {
        return tasks;  // it is being worked on
    }
    tasks += publish_again(client, job, damaged_takes(status.at("tasks"), output));
    // What begins anew takes its dailies along.
    return tasks > 0 ? tasks : write_dailies_again(client, job, status.at("job"));
}

}  // namespace

std::uint64_t publish_again(wire::Client& client,
                            std::uint64_t job,
                            const std::vector<DamagedTake>& takes) {
    std::uint64_t tasks = 0;
    for (const DamagedTake& take : takes) {
        tasks += changed_by(client, wire::Retry{job, take.task, true});
    }
    if (!takes.empty()) say("published again, because changed since:\n{}", damage_lines(takes));
    return tasks;
}

std::uint64_t write_dailies_again(wire::Client& client, std::uint64_t job, const Json& head) {
    if (!are_gone(head)) return 0;
    const std::uint64_t tasks = changed_by(client, wire::Retry{job, dailies_task, true});
    say("dailies are written again, because they are gone: {}\n", text_at(head, "dailies"));
    return tasks;
}

TakenUp take_up_again(wire::Client& client, std::uint64_t job, const fs::path& output) {
    const Json status = read_status(client, {job, {}});
    const std::string state = status.at("job").value("state", std::string());
    try {
        return {state, go_on(client, job, status, output)};
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
