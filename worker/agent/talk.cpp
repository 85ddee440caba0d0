// What an agent hears and says.

#include <algorithm>
#include <utility>

#include "shotspec/base/host_name.h"
#include "shotspec/base/utf8.h"
#include "worker/agent/agent.h"
#include "worker/agent/times.h"

namespace nightreel {
namespace {

constexpr Millis progress_told_every{250};
constexpr std::uint64_t lease_ms_max = 24 * 3'600'000;  // what a scheduler says is not trusted

}  // namespace

void Agent::receive() {
    while (const auto bytes = connection_.receive()) {
        heard_at_ = now_;
        wire::Received<wire::SchedulerMessage> received;
        try {
            received = wire::decode<wire::SchedulerMessage>(*bytes);
        } catch (const Error& error) {
            // The request boundary. A scheduler of another version will not change its mind.
            if (error.kind() == ErrorKind::not_allowed) throw;
            log_.error("message_refused", {{"why", std::string(error.what())}});
            continue;
        }
        std::visit([this](const auto& message) { hear(message); }, received.message);
    }
}

void Agent::hear(const wire::Welcome& message) {
    if (!welcome_) log_.info("welcome", {{"worker", message.worker}});
    welcome_ = true;
    name_ = message.worker;
    offer_due_ = true;
    WorkFolders folders = work_folders_of(config_, message.roots);
    if (folders != folders_) {
        folders_ = std::move(folders);
        look_again();
        warn_of_unknown_roots(message.roots);
    }
    keep_alive_ = Millis{std::clamp<std::uint64_t>(message.keep_alive_ms, 100, 60'000)};
    lease_ = Millis{static_cast<std::int64_t>(std::min(message.lease_ms, lease_ms_max))};
    ask_at_ = now_;
    for (auto& [attempt, finished] : finished_) finished.say_at = now_;
}

// A path that is written down and has no effect.
void Agent::warn_of_unknown_roots(const std::vector<wire::FarmRoot>& roots) {
    for (const auto& [name, path] : config_.roots) {
        if (std::ranges::find(roots, name, &wire::FarmRoot::name) != roots.end()) continue;
        log_.warning("unknown_output",
                     {{"output", name},
                      {"why",
                       std::string("the scheduler has no such output root; see "
                                   "scheduler.output and worker.outputs")}});
    }
}

void Agent::hear(const wire::Verdicts& message) {
    for (const wire::AttemptVerdict& verdict : message.attempts) obey(verdict);
}

void Agent::obey(const wire::AttemptVerdict& verdict) {
    if (verdict.verdict != wire::Verdict::keep) failures_.erase(verdict.attempt);
    if (current_ && current_->lease.attempt == verdict.attempt) {
        current_->is_followed = verdict.follow;
        if (verdict.verdict == wire::Verdict::drop && !current_->dropped) {
            log_.info("task_dropped", {{"attempt", file_name_of(verdict.attempt)}});
            current_->dropped = true;
            const bool in_side_thread = current_->phase == Current::Phase::preparing ||
                                        current_->phase == Current::Phase::recording;
            if (in_side_thread) side_unwanted_ = true;
        }
        return;
    }
    const auto found = finished_.find(verdict.attempt);
    if (found != finished_.end()) obey(found->second, verdict.verdict);
}

void Agent::obey(Finished& finished, wire::Verdict verdict) {
    const wire::Attempt attempt = finished.completion.attempt;
    switch (verdict) {
        case wire::Verdict::keep:
            return;
        case wire::Verdict::publish:
            if (finished.phase == Finished::Phase::reported && now_ >= finished.publish_after) {
                finished.phase = Finished::Phase::publishing;
            }
            return;
        case wire::Verdict::settled:
            return settle(attempt);
        case wire::Verdict::drop:
            // What is being published cannot be called back; it is whole and does no harm.
            if (published_now_ == attempt) return;
            log_.info("result_dropped", {{"attempt", file_name_of(attempt)}});
            return settle(attempt);
    }
}

void Agent::hear(const wire::Lease& message) {
    const bool known = finished_.contains(message.attempt) || failures_.contains(message.attempt);
    if (current_ || known || stopping_) return;  // said twice, or too late
    if (!has_all_parts_of(message)) {
        parts_.clear();
        ask_at_ = now_;  // it is given again, with all of them
        return;
    }
    current_.emplace();
    current_->lease = message;
    current_->parts = std::exchange(parts_, {});
    for (auto& [name, path] : current_->lease.roots) {
        const auto own = config_.roots.find(name);
        if (own != config_.roots.end()) path = own->second;
    }
    keep_alive_at_ = now_ + keep_alive_;
    log_.info("task_begins", {{"attempt", file_name_of(message.attempt)}, {"task", message.task}});
}

void Agent::hear(const wire::LeasePart& message) {
    if (message.number == 1) parts_.clear();
    const bool goes_on = message.number == parts_.size() + 1 &&
                         (parts_.empty() || parts_.front().attempt == message.attempt);
    if (goes_on) parts_.push_back(message);
}

bool Agent::has_all_parts_of(const wire::Lease& lease) const {
    if (lease.parts == 0) return true;
    return parts_.size() == lease.parts && parts_.front().attempt == lease.attempt;
}

void Agent::hear(const wire::NoWork& message) {
    ask_at_ = now_ + Millis{std::min<std::uint64_t>(message.ask_again_ms, 60'000)};
}

void Agent::hear(const wire::HelloFirst&) {
    welcome_ = false;
    hello_at_ = now_;
}

void Agent::hear(const wire::Refused& message) {
    const ErrorKind kind = error_kind_named(message.kind);
    if (kind == ErrorKind::not_allowed) throw Error(kind, message.text);
    log_.error("refused", {{"kind", message.kind}, {"why", message.text}});
    ask_at_ = now_ + said_again_after;
    hello_at_ = now_ + said_again_after;
}

void Agent::hear(const wire::Shutdown& message) {
    log_.info("farm_closes", {{"why", message.why}});
    stopping_ = true;
}

// What we say. -----------------------------------------------------------------------------------

bool Agent::say(const wire::WorkerMessage& message) {
    return connection_.send(wire::encode(message));
}

void Agent::speak() {
    if (!welcome_) return say_hello();
    say_offer();
    say_reports();
    say_keep_alive();
    say_ask();
}

void Agent::say_offer() {
    if (!offer_ || !offer_due_) return;
    offer_due_ = !say(*offer_);
    if (!offer_due_) ask_at_ = now_;
}

void Agent::say_hello() {
    if (now_ < hello_at_) return;
    std::vector<wire::Attempt> running;
    if (current_) running.push_back(current_->lease.attempt);
    std::vector<wire::Attempt> finished;
    for (const auto& [attempt, ignored] : finished_) finished.push_back(attempt);
    const bool said =
        say(wire::Hello{session_, host_name(), config_.memory_bytes, running, finished});
    hello_at_ = now_ + (said ? said_again_after : tried_again_after);
}

void Agent::say_reports() {
    for (auto& [attempt, failure] : failures_) {
        if (now_ < failure.say_at) continue;
        failure.say_at = now_ + (say(failure.message) ? said_again_after : tried_again_after);
    }
    for (auto& [attempt, finished] : finished_) {
        if (now_ < finished.say_at || finished.phase == Finished::Phase::publishing) continue;
        const Completion& completion = finished.completion;
        const bool said = finished.phase == Finished::Phase::published
                              ? say(wire::Published{session_, attempt})
                              : say(wire::Done{session_,
                                               attempt,
                                               completion.facts,
                                               completion.staging.empty(),
                                               completion.log});
        finished.say_at = now_ + (said ? said_again_after : tried_again_after);
    }
}

void Agent::say_keep_alive() {
    bool has_news = false;
    if (current_ && current_->phase == Current::Phase::rendering) {
        const bool has_log = current_->is_followed && child_.log_said() > current_->told_log;
        has_news = child_.progress().fraction != current_->told_fraction || has_log;
    }
    const Millis soon = keep_alive_at_ - keep_alive_ + progress_told_every;
    if (now_ < keep_alive_at_ && !(has_news && now_ >= soon)) return;
    wire::KeepAlive message{session_, {}};
    for (const auto& [attempt, finished] : finished_) {
        message.attempts.push_back(
            {attempt, 1, utf8_head(finished.trouble, wire::text_bytes_max), 0, ""});
    }
    if (current_) message.attempts.push_back(progress_of_current());
    keep_alive_at_ = now_ + (say(message) ? keep_alive_ : tried_again_after);
}

// Lost, it is lost: whoever follows sees by the offset that something is missing.
wire::AttemptProgress Agent::progress_of_current() {
    wire::AttemptProgress progress{current_->lease.attempt, 0, "", 0, ""};
    if (current_->phase != Current::Phase::rendering) return progress;
    progress.fraction = current_->told_fraction = child_.progress().fraction;
    progress.text = utf8_head(child_.progress().text, wire::text_bytes_max);
    if (!current_->is_followed) return progress;
    RenderChild::LogPiece piece = child_.log_from(current_->told_log, wire::log_chunk_bytes_max);
    current_->told_log = piece.end();
    progress.log_offset = piece.offset;
    progress.log_chunk = std::move(piece.text);
    return progress;
}

bool Agent::wants_work() const {
    return !current_ && finished_.empty() && failures_.empty() && !stopping_ && offer_ &&
           !offer_due_ && !clearing_due_ && child_.is_ready();
}

void Agent::say_ask() {
    if (!wants_work() || now_ < ask_at_) return;
    wire::AskForWork ask{session_, {}};
    if (!loaded_model_.empty()) ask.loaded_models.push_back(loaded_model_);
    ask_at_ = now_ + (say(ask) ? said_again_after : tried_again_after);
}

}  // namespace nightreel
