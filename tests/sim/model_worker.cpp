#include "tests/sim/model_worker.h"

#include "shotspec/describe/fields.h"

namespace nightreel::sim {
namespace {

constexpr Millis resend{4'000};
constexpr Millis keep_alive_every{5'000};
constexpr Millis refused_again{5'000};
constexpr Millis offer_every{60'000};
constexpr std::size_t said_max = 64;

}  // namespace

void ModelWorker::start_again() {
    session_ = SessionId{dice_.word() | 1U};
    greeted_ = false;
    running_.reset();
    greet_at_ = keep_alive_at_ = ask_at_ = offer_at_ = Millis(0);
    told_.reset();
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
        if (completion.stage == Stage::unpublished) try_to_publish(attempt, completion);
        completion.send_at = now + resend;
        out.push_back(report(attempt, completion));
    }
    if (!in_hand.empty() && now >= keep_alive_at_) {
        keep_alive_at_ = now + keep_alive_every;
        out.push_back(KeepAlive{id_, session_, in_hand, reasons()});
    }
    // Says anew what it has when that changes, and as a worker does that has looked again.
    const bool changed = told_ != world_.machines.at(id_);
    if (now >= offer_at_ || changed) {
        offer_at_ = now + offer_every;
        told_ = world_.machines.at(id_);
        out.push_back(Offer{id_, session_, offer()});
    }
    if (in_hand.empty() && now >= ask_at_ && told_->store_mounted) {
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

std::map<TaskAttempt, std::string> ModelWorker::reasons() const {
    std::map<TaskAttempt, std::string> reasons;
    for (const auto& [attempt, completion] : outbox_) {
        if (completion.stage == Stage::unpublished) reasons[attempt] = "the store is read-only";
    }
    if (running_) reasons[running_->attempt] = "step 3 of 20";
    return reasons;
}

WorkerOffer ModelWorker::offer() const {
    const Machine& machine = world_.machines.at(id_);
    WorkerOffer offer{"cpu", {}, machine.store_mounted ? "" : "the store is not mounted"};
    for (const std::string& model : machine.models) {
        offer.models.push_back({model, card_of(model), ""});
    }
    return offer;
}

Command ModelWorker::report(const TaskAttempt& attempt, const Completion& completion) const {
    switch (completion.stage) {
        case Stage::finished:
        case Stage::unpublished:
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
                   [&](const Refused&) { greet_at_ = now + refused_again; },
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
            try_to_publish(verdict.attempt, found->second);
            found->second.send_at = Millis(0);
            return;
        case Verdict::settled:
        case Verdict::drop:
            if (found != outbox_.end()) outbox_.erase(found);
            if (running_ && running_->attempt == verdict.attempt) running_.reset();
            return;
    }
}

void ModelWorker::try_to_publish(const TaskAttempt& attempt, Completion& completion) {
    completion.stage = Stage::unpublished;
    if (!world_.machines.at(id_).can_publish) return;
    completion.stage = Stage::published;
    if (!completion.cached) world_.publish(world_.spec(attempt.task).digest, attempt.attempt);
}

// What it finds out when it begins the task.
std::optional<ErrorKind> ModelWorker::unable_to(const TaskSpec& spec) {
    const Machine& machine = world_.machines.at(id_);
    if (!machine.store_mounted) {
        return dice_.chance(500) ? ErrorKind::unavailable : ErrorKind::unfit;
    }
    const bool lacks = !spec.model.empty() && !machine.models.contains(spec.model);
    const bool other_class = !spec.device_class.empty() && spec.device_class != "cpu";
    if (lacks || other_class) return ErrorKind::unfit;
    return {};
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
    if (const auto kind = unable_to(spec)) return failure(*kind);
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
