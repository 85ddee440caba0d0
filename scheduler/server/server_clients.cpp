// What people's programs ask of the server.

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "scheduler/server/server.h"
#include "scheduler/server/translate.h"
#include "shotspec/base/check.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::size_t logged_tasks_max = 200;

}  // namespace

void Server::take_from_client(Sender& sender, const std::string& bytes) {
    const auto received = wire::decode<wire::ClientRequest>(bytes);
    sender.request = received.request;
    const wire::Role needed = role_needed(received.message);
    if (!may(sender.peer.role, needed)) {
        throw Error(ErrorKind::not_allowed,
                    fmt::format("\"{}\" has the role {}, but this command requires {}",
                                sender.peer.name,
                                word_of(sender.peer.role),
                                word_of(needed)));
    }
    reply(sender, reply_to(sender, received.message));
}

wire::ServerReply Server::reply_to(const Sender& sender, const wire::ClientRequest& request) {
    if (const auto command = command_from(request, sender.peer.name)) {
        wire::ServerReply reply = reply_from(carry_out(*command).answer);
        auto* prepared = std::get_if<wire::Prepared>(&reply);
        const auto root = config_.roots.find("out");
        if (prepared != nullptr && root != config_.roots.end()) prepared->output = root->second;
        return reply;
    }
    if (const auto* list = std::get_if<wire::ListJobs>(&request)) {
        const ListingPage page = list_jobs(farm_, list->first);
        return wire::Listing{page.text, page.next};
    }
    if (std::holds_alternative<wire::ListWorkers>(request)) {
        return wire::Listing{list_workers(farm_, now_), 0};
    }
    if (const auto* status = std::get_if<wire::GetStatus>(&request)) {
        const auto first = static_cast<TaskIndex>(
            std::min<std::uint64_t>(status->first, std::numeric_limits<TaskIndex>::max()));
        const ListingPage page = job_status(view(), {JobId{status->job}, status->path}, first);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* logs = std::get_if<wire::GetLogs>(&request)) {
        return wire::Listing{logs_below({JobId{logs->job}, logs->path}), 0};
    }
    if (const auto* wish = std::get_if<wire::Watch>(&request)) {
        return watch(sender, JobId{wish->job});
    }
    if (std::holds_alternative<wire::CloseFarm>(request)) {
        log_.info("farm_closed", {{"by", sender.peer.name}});
        close_farm();
        return wire::Changed{0};
    }
    return reply_to_submission(sender, request);
}

wire::ServerReply Server::reply_to_submission(const Sender& sender,
                                              const wire::ClientRequest& request) {
    const std::string& who = sender.peer.name;
    if (const auto* begin = std::get_if<wire::SubmitBegin>(&request)) {
        if (const auto known = known_submission(begin->submission)) return *known;
        return wire::Submitted{0, false, submissions_.begin(who, *begin, steady_)};
    }
    if (const auto* tasks = std::get_if<wire::SubmitTasks>(&request)) {
        if (const auto known = known_submission(tasks->submission)) return *known;
        return wire::Submitted{0, false, submissions_.add(who, *tasks, steady_)};
    }
    const auto* end = std::get_if<wire::SubmitEnd>(&request);
    NIGHTREEL_CHECK(end != nullptr, "every request is handled");
    return finish_submission(sender, *end);
}

std::optional<wire::ServerReply> Server::known_submission(const std::string& submission) const {
    const auto found = farm_.submissions.find(submission);
    if (found == farm_.submissions.end()) return {};
    return wire::Submitted{found->second.value, true, 0};
}

wire::ServerReply Server::finish_submission(const Sender& sender, const wire::SubmitEnd& request) {
    // Also when the reply to the first end was lost.
    if (const auto known = known_submission(request.submission)) return *known;
    ArrivedJob job = submissions_.end(sender.peer.name, request);
    const Decision decision = carry_out(job.command);
    const auto* accepted = std::get_if<JobAccepted>(&decision.answer);
    if (accepted != nullptr && !accepted->already_known) {
        for (std::size_t i = 0; i < job.orders.size(); ++i) {
            batch_.orders.push_back(
                {{accepted->job, static_cast<TaskIndex>(i)}, std::move(job.orders[i])});
        }
    }
    return reply_from(decision.answer);
}

// The attempts' logs, as many as go into one page: {"format", "logs": [...]}.
std::string Server::logs_below(const Selection& selection) {
    const auto found = farm_.jobs.find(selection.job);
    if (found == farm_.jobs.end()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("no job {}; `nightreel list` shows all jobs", selection.job.value));
    }
    Json rows = Json::array();
    std::size_t bytes = 0;
    std::size_t tasks = 0;
    for (std::size_t i = 0; i < found->second.tasks.size() && tasks < logged_tasks_max; ++i) {
        const Task& task = found->second.tasks[i];
        if (!lies_below(task.spec.name, selection.path)) continue;
        const auto logs = journal_.logs_of({selection.job, static_cast<TaskIndex>(i)});
        if (!logs.empty()) ++tasks;
        for (const LogDocument& log : logs) {
            bytes += log.tail.size() + log.path.size() + 256;
            if (bytes > listing_bytes_max) break;
            rows.push_back({{"task", task.spec.name},
                            {"attempt", log.attempt.attempt.value},
                            {"worker", log.worker},
                            {"path", log.path},
                            {"tail", log.tail}});
        }
    }
    return Json{{"format", listing_format}, {"logs", std::move(rows)}}.dump();
}

// Progress. --------------------------------------------------------------------------------------

wire::ServerReply Server::watch(const Sender& sender, JobId job) {
    std::string head = job_head(view(), job);
    const bool finished = farm_.jobs.at(job).finished;
    if (!finished) {
        if (!watchers_.contains(sender.routing) && watchers_.size() >= watchers_max) {
            throw Error(ErrorKind::unavailable,
                        "too many clients watch jobs: use `nightreel status` instead");
        }
        watchers_[sender.routing] = {
            sender.request, job, steady_ + Millis{wire::watch_kept_ms}, steady_, false};
    }
    return wire::JobNews{job.value, std::move(head), finished};
}

void Server::tell_watchers() {
    for (auto it = watchers_.begin(); it != watchers_.end();) {
        Watcher& watcher = it->second;
        const auto job = farm_.jobs.find(watcher.job);
        bool gone = steady_ > watcher.until || job == farm_.jobs.end();
        const bool finished = !gone && job->second.finished;
        const bool due = watcher.has_news && steady_ - watcher.told_at >= news_every;
        if (!gone && (due || finished)) {
            const wire::ServerReply news =
                wire::JobNews{watcher.job.value, job_head(view(), watcher.job), finished};
            gone = !socket_.send(std::array{it->first, wire::encode(news, watcher.request)}) ||
                   finished;
            watcher.told_at = steady_;
            watcher.has_news = false;
        }
        it = gone ? watchers_.erase(it) : std::next(it);
    }
}

}  // namespace nightreel
