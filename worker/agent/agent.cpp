#include "worker/agent/agent.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>
#include <zmq.h>

#include "shotspec/base/disk/random_name.h"
#include "worker/agent/times.h"

namespace nightreel {
namespace {

constexpr Millis farewell_patience{1'000};
constexpr Millis trouble_told_every{60'000};
constexpr Millis wait_max{5'000};

constexpr Millis stuck_told_after{10'000};

// Differs at every start of every worker, also where a whole machine was copied.
std::uint64_t drawn_session() {
    return random_number() >> 1U;  // databases count in signed numbers
}

}  // namespace

Agent::Agent(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop)
    : config_(config),
      clock_(clock),
      log_(log),
      stop_(stop),
      folders_(work_folders_of(config, {})),
      side_pulse_([this](double) {
          if (side_unwanted_) throw Error(ErrorKind::cancelled, "no longer needed");
      }),
      outbox_(config.state),
      logs_(config.state / "logs"),
      store_(config.store, side_pulse_),
      staging_owner_(config.state, config.keys.public_key.text().substr(0, 16)),
      workplace_{staging_owner_.name(),
                 config.model_roots,
                 config.device,
                 config.threads,
                 config.precision,
                 static_cast<std::int64_t>(config.memory_bytes),
                 config.link,
                 config.quality,
                 side_pulse_},
      shelf_(config.model_roots),
      connection_(config.scheduler, config.keys),
      child_(config.render, config.limits),
      session_(drawn_session()),
      now_(clock.steady()),
      heard_at_(now_) {
    for (Completion& completion : outbox_.load()) {
        const wire::Attempt attempt = completion.attempt;
        finished_[attempt] = {std::move(completion), Finished::Phase::reported, now_};
    }
    clearing_due_ = true;  // of what an earlier process left
}

void Agent::run() {
    while (!stopping_) {
        wait();
        turn();
    }
    side_unwanted_ = true;  // what it was at is done again by the next process
    farewell();
}

void Agent::turn() {
    now_ = clock_.steady();
    if (stop_.raised()) stopping_ = true;
    receive();
    advance_side_thread();
    advance_current();
    start_publishing();
    start_clearing();
    start_looking();
    watch_renderer();
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
    if (!current_ && !side_.busy()) {
        deadline = std::min(deadline, look_at_);
        if (welcome_) deadline = std::min(deadline, clear_again_at_.value_or(deadline));
    }
    for (const auto& [attempt, finished] : finished_) {
        if (finished.phase != Finished::Phase::publishing) {
            deadline = std::min(deadline, finished.say_at);
        }
    }
    for (const auto& [attempt, failure] : failures_) deadline = std::min(deadline, failure.say_at);
    if (const auto child = child_.next_deadline()) deadline = std::min(deadline, *child);
    return deadline;
}

// A killed renderer that does not end may hold the device: no task is taken until it has.
void Agent::watch_renderer() {
    if (child_.is_ready()) {
        stuck_since_.reset();
        return;
    }
    if (!stuck_since_) stuck_since_ = now_;
    if (*stuck_since_ == told_stuck_ || now_ - *stuck_since_ < stuck_told_after) return;
    told_stuck_ = *stuck_since_;
    log_.warning("renderer_does_not_end",
                 {{"why",
                   std::string("a renderer was killed and has not ended, probably inside a driver; "
                               "no task is taken until it has; restart the machine if it stays")}});
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
        const std::string text = "the worker was stopped";
        failures_[attempt] = {{session_,
                               attempt,
                               std::string(name_of(ErrorKind::cancelled)),
                               text,
                               wire::FailureCause::stopped,
                               {},
                               log_of_current("worker: " + text + "\n")},
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
