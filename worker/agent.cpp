#include "worker/agent.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>
#include <zmq.h>

#include "scheduler/protocol/order_facts.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

constexpr Millis said_again_after{3'000};       // when no answer has come
constexpr Millis tried_again_after{200};        // while there is no connection
constexpr Millis published_again_after{5'000};  // after a publish that failed
constexpr Millis progress_told_every{250};
constexpr Millis trouble_told_every{60'000};
constexpr Millis farewell_patience{1'000};
constexpr Millis wait_max{5'000};

// Differs at every start of every worker.
std::uint64_t drawn_session(const WorkerConfig& config, const Clock& clock) {
    const Digest digest = digest_of(fmt::format("{} {} {} {}",
                                                config.keys.public_key.text(),
                                                ::getpid(),
                                                clock.wall().count(),
                                                clock.steady().count()));
    std::uint64_t session = 0;
    for (std::size_t i = 0; i < sizeof session; ++i) session = session << 8U | digest.bytes[i];
    return session >> 1U;  // databases count in signed numbers
}

}  // namespace

Agent::Agent(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop)
    : config_(config),
      clock_(clock),
      log_(log),
      stop_(stop),
      outbox_(config.state),
      logs_(config.state / "logs"),
      store_(config.store, config.store_free_bytes_min),
      workplace_{config.keys.public_key.text().substr(0, 16),
                 config.model_roots,
                 config.device,
                 config.threads,
                 config.precision,
                 static_cast<std::int64_t>(config.memory_bytes)},
      connection_(config.scheduler, config.keys),
      child_(config.render, config.limits),
      session_(drawn_session(config, clock)),
      now_(clock.steady()),
      heard_at_(now_) {
    std::set<std::string> kept;
    for (Completion& completion : outbox_.load()) {
        kept.insert(file_name_of(completion.attempt));
        const wire::Attempt attempt = completion.attempt;
        finished_[attempt] = {std::move(completion), Finished::Phase::reported, now_};
    }
    store_.sweep_staging(workplace_.owner, kept);
    store_.sweep_abandoned(clock.wall());
}

void Agent::run() {
    while (!stopping_) {
        wait();
        turn();
    }
    farewell();
}

void Agent::turn() {
    now_ = clock_.steady();
    if (stop_.raised()) stopping_ = true;
    receive();
    advance_side_thread();
    advance_current();
    start_publishing();
    speak();
    check_scheduler_is_there();
}

void Agent::wait() {
    std::vector<zmq_pollitem_t> items{{connection_.handle(), 0, ZMQ_POLLIN, 0},
                                      {nullptr, stop_.descriptor(), ZMQ_POLLIN, 0}};
    if (side_.busy()) items.push_back({nullptr, side_.descriptor(), ZMQ_POLLIN, 0});
    for (const RenderChild::Descriptor& descriptor : child_.descriptors()) {
        const short events = descriptor.for_writing ? ZMQ_POLLOUT : ZMQ_POLLIN;
        items.push_back({nullptr, descriptor.value, events, 0});
    }
    const Millis left = std::clamp(next_deadline() - clock_.steady(), Millis{0}, wait_max);
    zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(left.count()));
}

Millis Agent::next_deadline() const {
    Millis deadline = welcome_ ? keep_alive_at_ : hello_at_;
    if (welcome_ && wants_work()) deadline = std::min(deadline, ask_at_);
    for (const auto& [attempt, finished] : finished_) {
        if (finished.phase != Finished::Phase::publishing) {
            deadline = std::min(deadline, finished.say_at);
        }
    }
    for (const auto& [attempt, failure] : failures_) deadline = std::min(deadline, failure.say_at);
    if (const auto child = child_.next_deadline()) deadline = std::min(deadline, *child);
    return deadline;
}

// The task in hand. ------------------------------------------------------------------------------

void Agent::advance_side_thread() {
    try {
        if (side_.take_end()) std::exchange(after_side_, nullptr)();
    } catch (const Error& error) {
        // The task boundary. What failed is the current task, or else a publication.
        after_side_ = nullptr;
        if (current_ && current_->phase != Current::Phase::rendering) {
            return fail_current(error.kind(), error.what());
        }
        for (auto& [attempt, finished] : finished_) {
            if (finished.phase != Finished::Phase::publishing) continue;
            finished.phase = Finished::Phase::reported;
            finished.publish_after = now_ + published_again_after;
            finished.say_at = finished.publish_after;
            log_.warning("publish_failed",
                         {{"attempt", file_name_of(attempt)}, {"why", std::string(error.what())}});
            if (error.kind() == ErrorKind::unavailable) return;
            failures_[attempt] = {{session_,
                                   attempt,
                                   std::string(name_of(error.kind())),
                                   utf8_head(error.what(), wire::text_bytes_max),
                                   wire::FailureCause::task,
                                   {},
                                   {}},
                                  now_};
            return settle(attempt);
        }
    }
}

void Agent::advance_current() {
    const std::optional<RenderOutcome> outcome = child_.pump(now_);
    if (!current_ || current_->phase != Current::Phase::rendering) return;
    if (outcome) return after_rendering(*outcome);
    if (current_->dropped) child_.cancel(now_);
}

void Agent::after_preparation() {
    if (current_->dropped) return clear_current();
    if (const auto* made = std::get_if<AlreadyMade>(&current_->preparation)) {
        Completion completion;
        completion.facts = facts_of(made->artifact.result);
        return finish_current(std::move(completion));
    }
    if (const auto* lost = std::get_if<InputsLost>(&current_->preparation)) {
        return fail_current(lost->kind, lost->text, lost->lost);
    }
    current_->phase = Current::Phase::rendering;
    const auto& request = std::get<TaskRequest>(current_->preparation);
    try {
        child_.begin(request, current_->log_path, now_);
        const ModelReference* model = model_loaded_for(request.order);
        if (model != nullptr) loaded_model_ = model->name;
    } catch (const Error& error) {
        fail_current(error.kind(), error.what());
    }
}

void Agent::after_rendering(const RenderOutcome& outcome) {
    if (const auto* failure = std::get_if<TaskFailure>(&outcome)) {
        if (current_->dropped) return clear_current();
        return fail_current(error_kind_named(failure->kind), failure->text, failure->lost);
    }
    if (current_->dropped) return clear_current();
    current_->result = std::get<TaskResult>(outcome);
    current_->phase = Current::Phase::sealing;
    const auto& request = std::get<TaskRequest>(current_->preparation);
    after_side_ = [this] { after_sealing(); };
    side_.start([this, &request] {
        current_->artifact = store_.seal(request.staging,
                                         current_->lease.digest,
                                         kind_of(request.order),
                                         current_->lease.task,
                                         current_->result);
    });
}

void Agent::after_sealing() {
    if (current_->dropped) return clear_current();
    Completion completion;
    completion.staging = std::get<TaskRequest>(current_->preparation).staging;
    completion.record = current_->artifact.self;
    completion.facts = facts_of(current_->result);
    finish_current(std::move(completion));
}

void Agent::finish_current(Completion completion) {
    completion.attempt = current_->lease.attempt;
    completion.digest = current_->lease.digest;
    completion.task = current_->lease.task;
    completion.fresh = current_->lease.fresh;
    completion.log = log_of_current();
    try {
        outbox_.put(completion);
    } catch (const Error& error) {
        return fail_current(error.kind(), error.what());
    }
    log_.info("task_finished",
              {{"attempt", file_name_of(completion.attempt)},
               {"task", completion.task},
               {"cached", completion.staging.empty()}});
    const wire::Attempt attempt = completion.attempt;
    finished_[attempt] = {std::move(completion), Finished::Phase::reported, now_};
    current_.reset();
}

void Agent::fail_current(ErrorKind kind, const std::string& text, std::vector<Digest> lost) {
    const wire::Attempt attempt = current_->lease.attempt;
    log_.warning("task_failed",
                 {{"attempt", file_name_of(attempt)},
                  {"task", current_->lease.task},
                  {"kind", std::string(name_of(kind))},
                  {"why", text}});
    if (!current_->dropped) {
        failures_[attempt] = {{session_,
                               attempt,
                               std::string(name_of(kind)),
                               utf8_head(text, wire::text_bytes_max),
                               wire::FailureCause::task,
                               std::move(lost),
                               log_of_current()},
                              now_};
    }
    clear_current();
}

void Agent::clear_current() {
    try {
        store_.sweep_staging(workplace_.owner, [&] {
            std::set<std::string> kept;
            for (const auto& [attempt, finished] : finished_) kept.insert(file_name_of(attempt));
            return kept;
        }());
    } catch (const Error& error) {
        // Swept again before the next task; that one fails if the place is really gone.
        log_.warning("sweep_failed", {{"why", std::string(error.what())}});
    }
    current_.reset();
    ask_at_ = now_;
}

wire::AttemptLog Agent::log_of_current() const {
    if (!std::holds_alternative<TaskRequest>(current_->preparation)) return {};
    return {current_->log_path, utf8_tail(child_.log_tail(), wire::log_tail_bytes_max)};
}

// Publishing. ------------------------------------------------------------------------------------

void Agent::start_publishing() {
    if (side_.busy()) return;
    for (auto& [attempt, finished] : finished_) {
        if (finished.phase != Finished::Phase::publishing) continue;
        after_side_ = [this, attempt = attempt] {
            Finished& published = finished_.at(attempt);
            published.phase = Finished::Phase::published;
            published.say_at = now_;
        };
        side_.start([this, completion = finished.completion] { publish(store_, completion); });
        return;
    }
}

void Agent::settle(const wire::Attempt& attempt) {
    outbox_.remove(attempt);
    finished_.erase(attempt);
    if (!current_) clear_current();
}

// What the scheduler says. -----------------------------------------------------------------------

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
    keep_alive_ = Millis{std::clamp<std::uint64_t>(message.keep_alive_ms, 100, 60'000)};
    ask_at_ = now_;
    for (auto& [attempt, finished] : finished_) finished.say_at = now_;
}

void Agent::hear(const wire::Verdicts& message) {
    for (const wire::AttemptVerdict& verdict : message.attempts) obey(verdict);
}

void Agent::obey(const wire::AttemptVerdict& verdict) {
    if (verdict.verdict != wire::Verdict::keep) failures_.erase(verdict.attempt);
    if (current_ && current_->lease.attempt == verdict.attempt) {
        if (verdict.verdict == wire::Verdict::drop && !current_->dropped) {
            log_.info("task_dropped", {{"attempt", file_name_of(verdict.attempt)}});
            current_->dropped = true;
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
            if (finished.phase == Finished::Phase::publishing && side_.busy()) return;
            log_.info("result_dropped", {{"attempt", file_name_of(attempt)}});
            return settle(attempt);
    }
}

void Agent::hear(const wire::Lease& message) {
    const bool known = finished_.contains(message.attempt) || failures_.contains(message.attempt);
    if (current_ || known || stopping_ || side_.busy()) return;  // said twice, or too late
    current_.emplace();
    current_->lease = message;
    current_->log_path = logs_.begin(message.attempt).string();
    keep_alive_at_ = now_ + keep_alive_;
    log_.info("task_begins", {{"attempt", file_name_of(message.attempt)}, {"task", message.task}});
    after_side_ = [this] { after_preparation(); };
    side_.start([this] { current_->preparation = prepare(store_, current_->lease, workplace_); });
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
    if (!welcome_) {
        if (now_ < hello_at_) return;
        std::vector<wire::Attempt> running;
        if (current_) running.push_back(current_->lease.attempt);
        std::vector<wire::Attempt> finished;
        for (const auto& [attempt, ignored] : finished_) finished.push_back(attempt);
        const bool said =
            say(wire::Hello{session_, host_name(), config_.memory_bytes, running, finished});
        hello_at_ = now_ + (said ? said_again_after : tried_again_after);
        return;
    }
    say_reports();
    say_keep_alive();
    say_ask();
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
    const double fraction = child_.progress().fraction;
    const bool rendering = current_ && current_->phase == Current::Phase::rendering;
    const bool has_news = rendering && fraction != current_->told_fraction &&
                          now_ >= keep_alive_at_ - keep_alive_ + progress_told_every;
    if (now_ < keep_alive_at_ && !has_news) return;
    wire::KeepAlive message{session_, {}};
    for (const auto& [attempt, ignored] : finished_) {
        message.attempts.push_back({attempt, 1, "", 0, ""});
    }
    if (current_) {
        message.attempts.push_back(
            {current_->lease.attempt,
             rendering ? fraction : 0,
             rendering ? utf8_head(child_.progress().text, wire::text_bytes_max) : "",
             0,
             ""});
        current_->told_fraction = rendering ? fraction : 0;
    }
    keep_alive_at_ = now_ + (say(message) ? keep_alive_ : tried_again_after);
}

bool Agent::wants_work() const {
    return !current_ && finished_.empty() && failures_.empty() && !stopping_ && !side_.busy();
}

void Agent::say_ask() {
    if (!wants_work() || now_ < ask_at_) return;
    wire::AskForWork ask{session_, {}};
    if (!loaded_model_.empty()) ask.loaded_models.push_back(loaded_model_);
    ask_at_ = now_ + (say(ask) ? said_again_after : tried_again_after);
}

void Agent::check_scheduler_is_there() {
    if (connection_.refused()) throw connection_.trouble();
    const Millis silent = now_ - heard_at_;
    if (config_.scheduler_away_max && silent > *config_.scheduler_away_max) {
        throw connection_.trouble();
    }
    if (silent < std::max(2 * keep_alive_, 2 * said_again_after)) return;
    if (trouble_told_at_ != Millis{0} && now_ - trouble_told_at_ < trouble_told_every) return;
    trouble_told_at_ = now_;
    log_.warning("scheduler_away", {{"why", std::string(connection_.trouble().what())}});
}

// Gives back what it has in hand, so that nobody waits for the lease to run out.
void Agent::farewell() {
    if (current_) {
        const wire::Attempt attempt = current_->lease.attempt;
        failures_[attempt] = {{session_,
                               attempt,
                               std::string(name_of(ErrorKind::cancelled)),
                               "worker stopped",
                               wire::FailureCause::stopped,
                               {},
                               log_of_current()},
                              now_};
    }
    const Millis until = clock_.steady() + farewell_patience;
    while (!failures_.empty() && clock_.steady() < until) {
        now_ = clock_.steady();
        say_reports();
        zmq_pollitem_t item{connection_.handle(), 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, tried_again_after.count());
        receive();
    }
    say(wire::Goodbye{session_});
    log_.info("worker_stopped");
}

void run_worker(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop) {
    Agent(config, clock, log, stop).run();
}

}  // namespace nightreel
