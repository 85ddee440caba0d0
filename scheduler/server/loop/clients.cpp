// What people's programs ask of the server.

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "pipeline/plan/task_order.h"
#include "scheduler/farm/placement.h"
#include "scheduler/farm/submission_owner.h"
#include "scheduler/protocol/refusal.h"
#include "scheduler/server/loop/server.h"
#include "scheduler/server/row_list.h"
#include "scheduler/server/translate.h"
#include "shotspec/base/check.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {
void Server::take_from_client(Sender& sender, const std::string& bytes) {
    const auto received = wire::decode<wire::ClientRequest>(bytes);
    sender.request = received.request;
    const wire::Role needed = role_needed(received.message);
    if (!may(sender.peer.role, needed) && !is_own_job(sender, received.message)) {
        throw Error(ErrorKind::not_allowed,
                    fmt::format("\"{}\" has the role {}, but this command requires {}",
                                sender.peer.name,
                                word_of(sender.peer.role),
                                word_of(needed)));
    }
    reply(sender, reply_to(sender, received.message));
}

// Who may submit may also end, pause and retry what is theirs.
bool Server::is_own_job(const Sender& sender, const wire::ClientRequest& request) const {
    if (!may(sender.peer.role, wire::Role::submit)) return false;
    const std::optional<std::uint64_t> number = job_of_submitter_request(request);
    if (!number) return false;
    const auto job = farm_.jobs.find(JobId{*number});
    return job != farm_.jobs.end() && job->second.submitter == sender.peer.name;
}

wire::ServerReply Server::reply_to(const Sender& sender, const wire::ClientRequest& request) {
    if (const auto command = command_from(request, sender.peer.name)) {
        wire::ServerReply reply = reply_from(carry_out(*command).answer);
        auto* prepared = std::get_if<wire::Prepared>(&reply);
        if (prepared != nullptr) {
            const auto first = config_.roots.find(takes_root);
            if (first != config_.roots.end()) {
                prepared->output = first->second;
                prepared->outputs.push_back(first->second);
            }
            for (const auto& [name, path] : config_.roots) {
                if (name != takes_root) prepared->outputs.push_back(path);
            }
            prepared->device_class = device_class_with_most_memory();
        }
        return reply;
    }
    if (const auto* list = std::get_if<wire::ListJobs>(&request)) {
        const ListingPage page = list_jobs(view(), list->first);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* list = std::get_if<wire::ListWorkers>(&request)) {
        const ListingPage page = list_workers(view(), list->first);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* rates = std::get_if<wire::GetRates>(&request)) {
        const ListingPage page = list_rates(rates_, rates->first);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* reviews = std::get_if<wire::GetReviews>(&request)) {
        take_found_reviews();
        const ListingPage page = list_reviews(farm_.reviews, reviews->first);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* status = std::get_if<wire::GetStatus>(&request)) {
        const auto first = static_cast<TaskIndex>(
            std::min<std::uint64_t>(status->first, std::numeric_limits<TaskIndex>::max()));
        const JobId job{status->job};
        const ListingPage page = job_status(view(), {job, status->path}, first, output_of(job));
        return wire::Listing{page.text, page.next};
    }
    if (const auto* logs = std::get_if<wire::GetLogs>(&request)) {
        const Selection selection{JobId{logs->job}, logs->path};
        const ListingPage page = logs_below(selection, logs->first);
        if (logs->follow) live_logs_.follow(selection, steady_);
        return wire::Listing{page.text, page.next};
    }
    if (const auto* night = std::get_if<wire::GetNight>(&request)) {
        const ListingPage page = night_page(JobId{night->job}, night->first);
        return wire::Listing{page.text, page.next};
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
        return begin_submission(sender, *begin);
    }
    if (const auto* tasks = std::get_if<wire::SubmitTasks>(&request)) {
        if (const auto known = known_submission(sender, tasks->submission)) return *known;
        return add_to_submission(who, *tasks);
    }
    if (const auto* night = std::get_if<wire::SubmitNight>(&request)) {
        if (const auto known = known_submission(sender, night->submission)) return *known;
        return add_night(who, *night);
    }
    const auto* end = std::get_if<wire::SubmitEnd>(&request);
    NIGHTREEL_CHECK(end != nullptr, "every request is handled");
    // Also when the reply to the first end was lost.
    if (const auto known = known_submission(sender, end->submission)) return *known;
    const JobId job = submissions_.end(who, *end);
    return reply_from(carry_out(CompleteJob{job}).answer);
}

// Whose job it is does not matter to those who may do anything with every job; to others it is
// refused, and nothing is said of it.
std::optional<wire::ServerReply> Server::known_submission(const Sender& sender,
                                                          const std::string& submission) const {
    const auto found = farm_.submissions.find(submission);
    if (found == farm_.submissions.end()) return {};
    const bool is_own = farm_.jobs.at(found->second).submitter == sender.peer.name;
    if (!is_own && !may(sender.peer.role, wire::Role::operate)) {
        return wire::refusal(ErrorKind::not_allowed, submission_is_taken);
    }
    return wire::Submitted{found->second.value, true};
}

wire::ServerReply Server::begin_submission(const Sender& sender, const wire::SubmitBegin& request) {
    const std::string& who = sender.peer.name;
    if (const auto known = known_submission(sender, request.submission)) return *known;
    submissions_.check(who, request);
    const Decision decision =
        carry_out(AnnounceJob{request.submission,
                              plain_line(request.title, config_.policy.text_bytes_max),
                              who,
                              request.priority,
                              static_cast<std::uint32_t>(request.tasks)});
    const auto* accepted = std::get_if<JobAccepted>(&decision.answer);
    if (accepted == nullptr || accepted->already_known) return reply_from(decision.answer);
    submissions_.begin(who, request, accepted->job, steady_);
    return wire::Submitted{0, false};
}

// The root of a job's takes, as its scheduler sees it; empty where it has none. All takes of a
// job go below one.
std::string Server::output_of(JobId id) const {
    const auto job = farm_.jobs.find(id);
    if (job == farm_.jobs.end()) return {};
    const std::vector<Task>& tasks = job->second.tasks;
    const auto publishing = std::ranges::find(
        tasks, TaskKind::publish, [](const Task& task) { return task.spec.kind; });
    if (publishing == tasks.end()) return {};
    const auto text = journal_.order_of({id, static_cast<TaskIndex>(publishing - tasks.begin())});
    if (!text) return {};
    const TaskOrder order = task_order_from_json(*text);
    const auto* publish = std::get_if<PublishOrder>(&order);
    const auto root = publish == nullptr ? config_.roots.end() : config_.roots.find(publish->root);
    return root == config_.roots.end() ? std::string() : root->second;
}

// Its orders become durable with the piece, so that no turn has to write a whole night.
wire::ServerReply Server::add_to_submission(const std::string& who,
                                            const wire::SubmitTasks& request) {
    const JobId job = submissions_.job_of(who, request.submission);
    const std::vector<TaskSpec>& arrived = farm_.announced.at(job).tasks;
    ArrivedPiece piece = submissions_.check_piece(who, request, arrived, steady_);
    auto index = static_cast<TaskIndex>(arrived.size());
    if (piece.tasks.empty()) return wire::Submitted{0, false};
    const Decision decision = carry_out(AddTasks{job, std::move(piece.tasks)});
    if (!std::holds_alternative<Changed>(decision.answer)) return reply_from(decision.answer);
    for (std::string& order : piece.orders) {
        batch_.orders.push_back({{job, index++}, std::move(order)});
    }
    return wire::Submitted{0, false};
}

FarmView Server::view() const {
    return {farm_, config_.policy, progress_, tallies_, now_, &heard_, steady_, &config_.roots};
}

wire::ServerReply Server::add_night(const std::string& who, const wire::SubmitNight& request) {
    const JobId job = submissions_.job_of(who, request.submission);
    std::uint32_t number = submissions_.night_pieces(who, request.submission);
    for (NightFile& piece : submissions_.check_night(who, request, steady_)) {
        batch_.night.push_back({job, number++, std::move(piece.name), std::move(piece.text)});
    }
    return wire::Submitted{0, false};
}

std::vector<NightFile> Server::night_of(JobId job) {
    std::vector<NightPiece> pieces = journal_.night_of(job);
    std::ranges::copy_if(batch_.night, std::back_inserter(pieces), [&](const NightPiece& piece) {
        return piece.job == job;  // submitted in this very turn
    });
    std::vector<NightFile> night;
    for (NightPiece& piece : pieces) {
        night.push_back({std::move(piece.name), std::move(piece.text)});
    }
    return night;
}

ListingPage Server::night_page(JobId job, std::uint64_t first) {
    (void)job_named(farm_, job);
    const std::vector<NightFile> night = night_of(job);
    RowList rows(listing_bytes_max);
    std::uint64_t next = 0;
    for (std::uint64_t i = first; i < night.size(); ++i) {
        if (rows.add(to_json_value(night[i]))) continue;
        next = i;
        break;
    }
    return {Json{{"format", listing_format}, {"files", rows.take()}}.dump(), next};
}

void Server::forget_idle_submissions() {
    for (const JobId job : submissions_.forget_idle(steady_)) carry_out(DropJob{job});
}

std::string Server::device_class_with_most_memory() const {
    std::map<std::string, std::uint64_t> memory;
    for (const auto& [id, worker] : farm_.workers) {
        const bool counts = worker.offer && is_live(config_.policy, worker, now_) &&
                            worker.mode == WorkerMode::online && worker.offer->fault.empty();
        if (counts) memory[worker.offer->device_class] += worker.memory_bytes;
    }
    const auto most = std::max_element(
        memory.begin(), memory.end(), [](auto& a, auto& b) { return a.second < b.second; });
    return most == memory.end() ? std::string() : most->first;
}

}  // namespace nightreel
