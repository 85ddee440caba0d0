// What workers report to the server, and what it answers them.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/protocol/refusal.h"
#include "scheduler/server/lease_parts.h"
#include "scheduler/server/loop/server.h"
#include "scheduler/server/translate.h"
#include "shotspec/base/check.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {

void Server::take_from_worker(const Sender& sender, const std::string& bytes) {
    const auto message = wire::decode<wire::WorkerMessage>(bytes).message;
    const WorkerId worker{sender.peer.name};
    if (closing_since_) say(sender.routing, shutdown_message);
    const SessionId session = session_of(message);
    const std::optional<Command> command =
        command_from(message, worker, predecessor_heard(worker, session));
    if (!command) {
        log_.info("goodbye", {{"worker", worker.name}});
        note_heard(worker, session, true);
        workers_.erase(worker);
        idle_.erase(worker);
        return;
    }
    if (closing_since_ && std::holds_alternative<AskForWork>(*command)) return;
    const Decision decision = carry_out(*command);
    note_heard(worker, session, false);
    const bool refused = std::holds_alternative<Refused>(decision.answer);
    if (!refused) workers_[worker] = sender.routing;
    if (refused) {
        warn("worker_refused", worker.name, std::get<Refused>(decision.answer).text);
    }
    note_report(message, decision, worker);
    if (std::holds_alternative<wire::Hello>(message) && !refused) {
        say(sender.routing, welcome(worker));
    }
    answer_worker(sender, decision.answer);
}

std::optional<Millis> Server::predecessor_heard(const WorkerId& worker, SessionId session) const {
    const auto known = farm_.workers.find(worker);
    if (known == farm_.workers.end() || known->second.session == session) return {};
    const auto heard = heard_.find(worker);
    if (heard == heard_.end()) return {};
    return steady_ - heard->second;
}

void Server::note_heard(const WorkerId& worker, SessionId session, bool goodbye) {
    const auto known = farm_.workers.find(worker);
    if (known == farm_.workers.end() || known->second.session != session) return;
    if (goodbye) {
        heard_.erase(worker);
    } else {
        heard_[worker] = steady_;
    }
}

bool Server::holds(const WorkerId& worker, const TaskAttempt& attempt) const {
    const auto found = farm_.workers.find(worker);
    return found != farm_.workers.end() && found->second.holds.contains(attempt);
}

// What a report says beside what the farm decides upon.
void Server::note_report(const wire::WorkerMessage& message,
                         const Decision& decision,
                         WorkerId worker) {
    const auto keep_log = [&](const wire::Attempt& attempt, const wire::AttemptLog& log) {
        progress_.erase(attempt_from(attempt));
        live_logs_.forget(attempt_from(attempt));
        if (decision.events.empty() || log.path.empty()) return;  // repeated, or nothing to keep
        batch_.logs.push_back({attempt_from(attempt),
                               find_task(farm_, attempt_from(attempt).task)->attempts,
                               worker.name,
                               plain_line(log.path, wire::text_bytes_max),
                               plain_tail(log.tail, wire::log_tail_bytes_max)});
    };
    if (const auto* done = std::get_if<wire::Done>(&message)) keep_log(done->attempt, done->log);
    if (const auto* failed = std::get_if<wire::Failed>(&message)) {
        keep_log(failed->attempt, failed->log);
    }
    const auto* alive = std::get_if<wire::KeepAlive>(&message);
    if (alive == nullptr || !std::holds_alternative<Verdicts>(decision.answer)) return;
    for (const wire::AttemptProgress& progress : alive->attempts) {
        const TaskAttempt attempt = attempt_from(progress.attempt);
        if (!holds(worker, attempt)) continue;  // only who works on it can say how far it is
        note_progress(attempt, progress);
    }
}

void Server::note_progress(const TaskAttempt& attempt, const wire::AttemptProgress& progress) {
    progress_[attempt] = {std::clamp(progress.fraction, 0.0, 1.0),
                          plain_line(progress.text, named_text_bytes_max)};
    const Task& task = *find_task(farm_, attempt.task);
    if (live_logs_.is_followed(attempt.task.job, task.spec.name, steady_)) {
        live_logs_.take(attempt, progress.log_offset, progress.log_chunk);
    }
    const auto watched = watched_.find(attempt.task.job);
    if (watched != watched_.end()) watched->second.has_news = true;
}

bool Server::is_followed(const TaskAttempt& attempt) const {
    const Task* task = find_task(farm_, attempt.task);
    return task != nullptr && live_logs_.is_followed(attempt.task.job, task->spec.name, steady_);
}

void Server::answer_worker(const Sender& sender, const Answer& answer) {
    const Routing& to = sender.routing;
    std::visit(
        Overloaded{
            [&](const Nothing&) {},
            [&](const JobAccepted&) {},
            [&](const VersionsAnswer&) {},
            [&](const Changed&) {},
            [&](const Refused& refused) { say(to, wire::refusal(refused.kind, refused.text)); },
            [&](const LeaseGranted& granted) {
                idle_.erase(WorkerId{sender.peer.name});
                say_lease(to, granted);
            },
            [&](const NoWork& none) {
                idle_[WorkerId{sender.peer.name}] = to;
                const auto ms = std::max<std::int64_t>(1, none.ask_again.count());
                say(to, wire::NoWork{static_cast<std::uint64_t>(ms)});
            },
            [&](const HelloFirst&) { say(to, wire::HelloFirst{}); },
            [&](const Verdicts& verdicts) {
                wire::Verdicts message;
                for (const AttemptVerdict& verdict : verdicts.attempts) {
                    message.attempts.push_back({attempt_on_wire(verdict.attempt),
                                                verdict_on_wire(verdict.verdict),
                                                is_followed(verdict.attempt)});
                }
                say(to, message);
            },
        },
        answer);
}

std::optional<std::string> Server::order_of(const TaskKey& task) {
    for (const OrderDocument& order : batch_.orders) {
        if (order.task == task) return order.text;  // submitted in this very turn
    }
    return journal_.order_of(task);
}

void Server::say_lease(const Routing& to, const LeaseGranted& granted) {
    const Task* task = find_task(farm_, granted.attempt.task);
    NIGHTREEL_CHECK(task != nullptr, "what is leased is there");
    const std::optional<std::string> order = order_of(granted.attempt.task);
    if (!order) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("the journal has no order for {}: submit the night again",
                                task->spec.name));
    }
    const JobId id = granted.attempt.task.job;
    const Job& job = farm_.jobs.at(id);
    const wire::Attempt attempt = attempt_on_wire(granted.attempt);
    std::vector<wire::LeasePart> parts;
    if (task->spec.kind == TaskKind::dailies) {
        parts =
            lease_parts(attempt, outcomes_for(job, tallies_.of(id).blocked, *task), night_of(id));
    }
    for (const wire::LeasePart& part : parts) say(to, part);
    JobFacts facts{
        id.value, job.submission, job.submitter, utc_text(job.submitted_at), attempt.number};
    if (task->spec.kind == TaskKind::dailies) facts.device_seconds = device_seconds_of(job);
    say(to,
        wire::Lease{attempt,
                    task->spec.name,
                    task->spec.digest,
                    *order,
                    granted.number,
                    config_.roots,
                    granted.lean,
                    granted.fresh,
                    facts,
                    static_cast<std::uint32_t>(parts.size())});
}

}  // namespace nightreel
