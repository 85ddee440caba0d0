// What workers ask and report.

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/able_workers.h"
#include "scheduler/farm/decisions.h"
#include "scheduler/farm/placement.h"
#include "scheduler/farm/retry_policy.h"
#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

const Worker* find_worker(const Farm& farm, const WorkerId& id) {
    const auto found = farm.workers.find(id);
    return found == farm.workers.end() ? nullptr : &found->second;
}

const Task& task_at(const Farm& farm, TaskKey key) {
    return farm.jobs.at(key.job).tasks[key.index];
}

// Made durable only now and then, or a large farm would write nothing else.
void note_seen(const Situation& at, const WorkerId& id, std::vector<Event>& events) {
    const Worker& worker = at.farm.workers.at(id);
    if (at.now - worker.last_seen >= at.policy.worker_seen_every) {
        events.push_back(WorkerSeen{at.now, id});
    }
}

// `reason`: why an accepted result is not published yet; the first is made durable at once.
void renew(const Situation& at,
           const TaskAttempt& attempt,
           std::string_view reason,
           std::vector<Event>& events) {
    const Task& task = task_at(at.farm, attempt.task);
    const bool publishing = task.state == TaskState::publishing;
    const bool is_news = publishing && !reason.empty() && task.error.empty();
    if (task.lease->until - at.now >= at.policy.lease_renewed_below && !is_news) return;
    LeaseRenewed event{at.now, attempt.task, attempt.attempt, at.now + at.policy.lease, {}};
    if (publishing) event.trouble = utf8_head(reason, at.policy.text_bytes_max);
    events.push_back(std::move(event));
}

// The verdict on an attempt in a worker's hands; the lease of one that still counts is renewed.
AttemptVerdict reconcile(const Situation& at,
                         const WorkerId& worker,
                         const TaskAttempt& attempt,
                         std::string_view reason,
                         std::vector<Event>& events) {
    const Verdict verdict = verdict_on(at.farm, worker, attempt);
    if (verdict == Verdict::keep || verdict == Verdict::publish) {
        renew(at, attempt, reason, events);
    }
    return {attempt, verdict};
}

Decision one_verdict(std::vector<Event> events, const TaskAttempt& attempt, Verdict verdict) {
    return {std::move(events), Verdicts{{{attempt, verdict}}}};
}

Millis ask_again(const Situation& at) {
    const auto crowd = static_cast<int>(at.farm.workers.size() / at.policy.ask_again_step);
    return std::min(at.policy.ask_again_min * (1 + crowd), at.policy.ask_again_max);
}

bool lists(const std::vector<TaskAttempt>& list, const TaskAttempt& attempt) {
    return std::find(list.begin(), list.end(), attempt) != list.end();
}

// `number`: of the attempt among those of its task.
LeaseGranted grant(const Situation& at,
                   const TaskAttempt& attempt,
                   std::uint32_t number,
                   bool lean) {
    const Task& task = task_at(at.farm, attempt.task);
    return {attempt, number, lean, task.fresh || is_never_reused(task.spec)};
}

// What it says would be about another process's work, or about a worker that is not known.
bool is_stranger(const Situation& at, const WorkerId& id, SessionId session) {
    const Worker* worker = find_worker(at.farm, id);
    return worker == nullptr || worker->session != session;
}

// A lease whose answer was lost: a worker asks only when it has nothing, so it is given once more.
std::optional<TaskAttempt> lease_not_received(const Farm& farm, const AskForWork& ask) {
    for (const TaskAttempt& held : farm.workers.at(ask.worker).holds) {
        if (task_at(farm, held.task).state == TaskState::leased) return held;
    }
    return {};
}

std::string too_large(std::size_t bytes, std::size_t limit) {
    return fmt::format("the facts of the result have {} bytes, the limit is {}", bytes, limit);
}

// Why a completion that holds the lease is not good enough; empty when it is.
std::string complaint_about(const Situation& at, const ReportDone& done) {
    const Task& task = task_at(at.farm, done.attempt.task);
    if (done.facts.size() > at.policy.facts_bytes_max) {
        return too_large(done.facts.size(), at.policy.facts_bytes_max);
    }
    if (done.cached && (task.fresh || is_never_reused(task.spec)))
        return "the worker sent a stored result, but the task must be rendered again";
    return {};
}

std::vector<Event> fail_and_judge(const Situation& at,
                                  const WorkerId& worker,
                                  TaskKey key,
                                  const AttemptFailure& failure) {
    std::vector<Event> events = after_failure(at, key, failure);
    const std::optional<Event> sentence = judge_worker(at, worker, events.back(), key);
    if (sentence) events.push_back(*sentence);
    return events;
}

// Two processes that speak under one name within a short time are two machines with copies of one
// key. Work that the first holds must not be taken from it, or both lose all of it in turn.
std::optional<Decision> refuse_second_machine(const Situation& at,
                                              const Worker* known,
                                              const Hello& command) {
    if (known == nullptr || known->session == command.session) return {};
    const bool heard =
        command.predecessor_heard && *command.predecessor_heard < at.policy.predecessor_silent;
    if (!heard) return {};
    return Decision{
        {},
        Refused{ErrorKind::unavailable,
                fmt::format("worker {0} is connected from host {1}, and this is host {2}: every "
                            "worker needs a key of its own (`nightreel keys make`); if this one "
                            "replaces it, it is let in when the other has been silent for {3} s",
                            command.worker.name,
                            known->host,
                            command.host,
                            at.policy.predecessor_silent.count() / 1000)}};
}

bool is_waited_for(const Farm& farm, const Digest& model) {
    return std::any_of(farm.queue.begin(), farm.queue.end(), [&](const JobRank& rank) {
        const auto& lines = farm.jobs.at(rank.job).delayed;
        return std::any_of(lines.begin(), lines.end(), [&](const auto& entry) {
            return entry.first.model_digest == model;
        });
    });
}

// What this offer brings that tasks were waiting for; empty: nothing.
std::string what_is_there_again(const Situation& at,
                                const Worker& worker,
                                const WorkerOffer& offer) {
    if (!offer.fault.empty()) return {};
    if (worker.offer && !worker.offer->fault.empty()) {
        return fmt::format("{}: solved", worker.offer->fault);
    }
    AbleWorkers able(at.farm, at.policy, at.now);
    for (const OfferedModel& model : offer.models) {
        if (!model.fault.empty()) continue;
        TaskSpec task;
        task.model_digest = model.digest;
        const bool first = !able.any(task, [](const WorkerEntry&) { return true; });
        if (first && is_waited_for(at.farm, model.digest)) {
            return fmt::format("model {} is available", model.name);
        }
    }
    return {};
}

}  // namespace

Decision decide_on(const Situation& at, const Hello& command) {
    const Worker* known = find_worker(at.farm, command.worker);
    if (known == nullptr && at.farm.workers.size() >= at.policy.workers_max) {
        return {{},
                Refused{ErrorKind::unavailable,
                        fmt::format("the farm has reached its limit of {} workers (workers_max)",
                                    at.policy.workers_max)}};
    }
    if (auto refused = refuse_second_machine(at, known, command)) return *refused;
    Decision decision;
    decision.events.push_back(
        WorkerJoined{at.now, command.worker, command.session, command.host, command.memory_bytes});
    Verdicts verdicts;
    for (const auto* list : {&command.running, &command.finished}) {
        for (const TaskAttempt& attempt : *list) {
            verdicts.attempts.push_back(
                reconcile(at, command.worker, attempt, {}, decision.events));
        }
    }
    decision.answer = std::move(verdicts);
    // A repeated Hello may be older than a lease given since, so only a new session loses any.
    if (known == nullptr || known->session == command.session) return decision;
    for (const TaskAttempt& held : known->holds) {
        if (lists(command.running, held) || lists(command.finished, held)) continue;
        decision.events.push_back(
            after_loss(at, held.task, "the worker restarted without this task"));
    }
    return decision;
}

Decision decide_on(const Situation& at, const AskForWork& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    const Worker* worker = find_worker(at.farm, command.worker);
    Decision decision;
    note_seen(at, command.worker, decision.events);
    if (const auto lost = lease_not_received(at.farm, command)) {
        renew(at, *lost, {}, decision.events);
        const Task& task = task_at(at.farm, lost->task);
        decision.answer = grant(at, *lost, task.attempts, task.lease->lean);
        return decision;
    }
    if (is_set_aside(*worker, at.now) || worker->mode != WorkerMode::online ||
        worker->holds.size() >= at.policy.leases_per_worker_max) {
        decision.answer = NoWork{at.policy.ask_again_max};
        return decision;
    }
    const std::optional<Placement> choice = choose_task(at.farm, at.policy, command, at.now);
    if (!choice) {
        decision.answer = NoWork{ask_again(at)};
        return decision;
    }
    const AttemptId attempt{at.farm.last_attempt.value + 1};
    decision.events.push_back(TaskLeased{
        at.now, choice->task, attempt, command.worker, at.now + at.policy.lease, choice->lean});
    const std::uint32_t number = task_at(at.farm, choice->task).attempts + 1;
    decision.answer = grant(at, {choice->task, attempt}, number, choice->lean);
    return decision;
}

Decision decide_on(const Situation& at, const Offer& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    const Worker& worker = *find_worker(at.farm, command.worker);
    if (worker.offer == command.offer && worker.unfit.empty()) return {};
    Decision decision{{WorkerOffered{at.now, command.worker, command.offer}}, Nothing{}};
    if (auto why = what_is_there_again(at, worker, command.offer); !why.empty()) {
        decision.events.push_back(WaitsEnded{at.now, std::move(why)});
    }
    return decision;
}

Decision decide_on(const Situation& at, const KeepAlive& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    Decision decision;
    note_seen(at, command.worker, decision.events);
    Verdicts verdicts;
    for (const TaskAttempt& attempt : command.attempts) {
        const auto reason = command.reasons.find(attempt);
        const bool has_reason = reason != command.reasons.end();
        verdicts.attempts.push_back(reconcile(at,
                                              command.worker,
                                              attempt,
                                              has_reason ? reason->second : std::string_view{},
                                              decision.events));
    }
    decision.answer = std::move(verdicts);
    return decision;
}

Decision decide_on(const Situation& at, const ReportDone& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    const TaskAttempt& attempt = command.attempt;
    const Verdict verdict = verdict_on(at.farm, command.worker, attempt);
    if (verdict != Verdict::keep) return one_verdict({}, attempt, verdict);
    const std::string complaint = complaint_about(at, command);
    if (!complaint.empty()) {
        const AttemptFailure failure{ErrorKind::internal, complaint, FailureCause::task, {}};
        return one_verdict(
            fail_and_judge(at, command.worker, attempt.task, failure), attempt, Verdict::drop);
    }
    TaskAccepted event;
    event.at = at.now;
    event.task = attempt.task;
    event.attempt = attempt.attempt;
    event.until = at.now + at.policy.lease;
    event.facts = command.facts;
    event.cached = command.cached;
    return one_verdict({std::move(event)}, attempt, Verdict::publish);
}

Decision decide_on(const Situation& at, const ReportPublished& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    const TaskAttempt& attempt = command.attempt;
    const Verdict verdict = verdict_on(at.farm, command.worker, attempt);
    if (verdict != Verdict::publish) return one_verdict({}, attempt, verdict);
    return one_verdict(
        {TaskDone{at.now, attempt.task, attempt.attempt}}, attempt, Verdict::settled);
}

Decision decide_on(const Situation& at, const ReportFailure& command) {
    if (is_stranger(at, command.worker, command.session)) return {{}, HelloFirst{}};
    const TaskAttempt& attempt = command.attempt;
    const Verdict verdict = verdict_on(at.farm, command.worker, attempt);
    if (verdict == Verdict::drop || verdict == Verdict::settled) {
        return one_verdict({}, attempt, verdict);
    }
    const AttemptFailure failure{command.kind, command.text, command.cause, command.lost_inputs};
    return one_verdict(
        fail_and_judge(at, command.worker, attempt.task, failure), attempt, Verdict::settled);
}

}  // namespace nightreel
