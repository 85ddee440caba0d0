#include "tests/sim/model_worker.h"

#include "shotspec/describe/fields.h"

namespace nightreel::sim {
namespace {

constexpr Millis resend{4'000};
constexpr Millis keep_alive_every{15'000};
constexpr Millis offer_every{60'000};
constexpr std::size_t said_max = 64;

}  // namespace

void ModelWorker::start_again() {
    session_ = SessionId{dice_.word() | 1U};
    greeted_ = false;
    running_.reset();
    greet_at_ = keep_alive_at_ = ask_at_ = offer_at_ = Millis(0);
}

void ModelWorker::die(Millis back_at) {
    start_again();
    idle_until_ = back_at;
}

std::vector<TaskAttempt> ModelWorker::outbox_attempts() const {
    std::vector<TaskAttempt> attempts;
    for (const auto& [attempt, completion] : outbox_) attempts.push_back(attempt);
    return attempts;
}

std::vector<Command> ModelWorker::act(Millis now, int trouble_per_mille) {
    trouble_per_mille_ = trouble_per_mille;
    std::vector<Command> out;
    if (now < idle_until_) return out;
    if (running_ && running_->ends_at <= now) {
        outbox_[running_->attempt] = running_->outcome;
        running_.reset();
    }
    std::vector<TaskAttempt> in_hand = outbox_attempts();
    if (running_) in_hand.push_back(running_->attempt);
    if (!greeted_) {
        if (now < greet_at_) return out;
        greet_at_ = now + resend;
        std::vector<TaskAttempt> running;
        if (running_) running.push_back(running_->attempt);
        out.push_back(Hello{id_, session_, "host", memory_bytes_, running, outbox_attempts(), {}});
        return out;
    }
    for (auto& [attempt, completion] : outbox_) {
        if (now < completion.send_at) continue;
        completion.send_at = now + resend;
        out.push_back(report(attempt, completion));
    }
    if (!in_hand.empty() && now >= keep_alive_at_) {
        keep_alive_at_ = now + keep_alive_every;
        out.push_back(KeepAlive{id_, session_, in_hand});
    }
    // Says anew what it has, as a worker does that has looked again after a fault.
    if (now >= offer_at_) {
        offer_at_ = now + offer_every;
        out.push_back(Offer{id_, session_, {"cpu", {}, ""}});
    }
    if (in_hand.empty() && now >= ask_at_) {
        ask_at_ = now + resend;
        out.push_back(AskForWork{id_, session_, {"toybox"}});
    }
    for (const Command& command : out) {
        if (said_.size() < said_max)
            said_.push_back(command);
        else
            said_[dice_.index(said_max)] = command;
    }
    return out;
}

Command ModelWorker::report(const TaskAttempt& attempt, const Completion& completion) const {
    switch (completion.stage) {
        case Stage::finished:
            return ReportDone{id_, session_, attempt, "{}", completion.cached};
        case Stage::published:
            return ReportPublished{id_, session_, attempt};
        case Stage::failed:
            return ReportFailure{id_,
                                 session_,
                                 attempt,
                                 completion.kind,
                                 "trouble",
                                 completion.cause,
                                 completion.lost_inputs};
    }
    return Tick{};
}

void ModelWorker::hear(const Answer& answer, SessionId addressee, Millis now) {
    if (addressee != session_ || now < idle_until_) return;
    std::visit(Overloaded{
                   [&](const LeaseGranted& lease) { begin(lease, now); },
                   [&](const Verdicts& verdicts) {
                       greeted_ = true;
                       for (const AttemptVerdict& verdict : verdicts.attempts) obey(verdict);
                   },
                   [&](const NoWork& none) { ask_at_ = now + none.ask_again; },
                   [&](const HelloFirst&) { greeted_ = false; },
                   [](const auto&) {},
               },
               answer);
}

void ModelWorker::obey(const AttemptVerdict& verdict) {
    const auto found = outbox_.find(verdict.attempt);
    switch (verdict.verdict) {
        case Verdict::keep:
            return;
        case Verdict::publish:
            if (found == outbox_.end() || found->second.stage != Stage::finished) return;
            if (!found->second.cached) {
                world_.publish(world_.spec(verdict.attempt.task).digest, verdict.attempt.attempt);
            }
            found->second.stage = Stage::published;
            found->second.send_at = Millis(0);
            return;
        case Verdict::settled:
        case Verdict::drop:
            if (found != outbox_.end()) outbox_.erase(found);
            if (running_ && running_->attempt == verdict.attempt) running_.reset();
            return;
    }
}

void ModelWorker::begin(const LeaseGranted& lease, Millis now) {
    if (running_ || outbox_.contains(lease.attempt)) return;
    const Completion outcome = outcome_of(lease);
    const Millis ends_at = now + dice_.between(Millis(500), Millis(40'000));
    running_ = Running{lease.attempt, outcome.cached ? now : ends_at, outcome};
}

ModelWorker::Completion ModelWorker::failure(ErrorKind kind, std::vector<Digest> lost) const {
    Completion completion;
    completion.stage = Stage::failed;
    completion.kind = kind;
    completion.lost_inputs = std::move(lost);
    return completion;
}

ModelWorker::Completion ModelWorker::outcome_of(const LeaseGranted& lease) {
    const TaskSpec& spec = world_.spec(lease.attempt.task);
    if (!lease.fresh && world_.readable(spec.digest)) {
        Completion cached;
        cached.cached = true;
        return cached;
    }
    std::vector<Digest> lost;
    for (const TaskIndex need : spec.needs) {
        const Digest digest = world_.spec({lease.attempt.task.job, need}).digest;
        if (world_.readable(digest)) continue;
        world_.store.erase(digest);  // put aside, so that nobody takes it for the result
        lost.push_back(digest);
    }
    if (!lost.empty()) return failure(ErrorKind::corrupt, lost);
    if (dice_.chance(trouble_per_mille_)) {
        constexpr std::array kinds{ErrorKind::crash,
                                   ErrorKind::internal,
                                   ErrorKind::timed_out,
                                   ErrorKind::unavailable,
                                   ErrorKind::out_of_memory,
                                   ErrorKind::cancelled,
                                   ErrorKind::unfit};
        Completion trouble = failure(kinds[dice_.index(kinds.size())]);
        const int roll = dice_.below(10);
        if (roll == 0) trouble.cause = FailureCause::killed;
        if (roll == 1) trouble.cause = FailureCause::stopped;
        return trouble;
    }
    const Truth truth = world_.truths.at(spec.digest);
    const std::uint64_t wanted = lease.lean ? truth.needs_bytes_lean : truth.needs_bytes;
    switch (truth.nature) {
        case Nature::sound:
            return {};
        case Nature::bad_input:
            return failure(ErrorKind::bad_input);
        case Nature::crashes:
            return failure(ErrorKind::crash);
        case Nature::corrupt:
            return failure(ErrorKind::corrupt);
        case Nature::never_available:
            return failure(ErrorKind::unavailable);
        case Nature::wants_memory:
            return memory_bytes_ >= wanted ? Completion{} : failure(ErrorKind::out_of_memory);
    }
    return {};
}

}  // namespace nightreel::sim
