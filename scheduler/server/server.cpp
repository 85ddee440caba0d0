#include "scheduler/server/server.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zmq.h>

#include "scheduler/journal/sqlite_journal.h"
#include "scheduler/server/translate.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr int last_words_ms = 500;  // for what was said just before the end

wire::Shutdown shutdown_message() {
    return {"the farm was closed"};
}

wire::Refused refusal_of(const Error& error) {
    return {std::string(name_of(error.kind())), error.what()};
}

// The job that a fact is about, if any.
template <class Fact>
std::optional<JobId> job_in(const Fact& fact) {
    if constexpr (requires { fact.job; }) {
        return fact.job;
    } else if constexpr (requires { fact.task.job; }) {
        return fact.task.job;
    } else {
        return {};
    }
}

std::optional<JobId> job_of(const Event& event) {
    return std::visit([](const auto& fact) { return job_in(fact); }, event);
}

bool may_make_work(const Event& event) {
    return std::holds_alternative<JobSubmitted>(event) ||
           std::holds_alternative<JobResumed>(event) ||
           std::holds_alternative<TasksRetried>(event) ||
           std::holds_alternative<JobArrived>(event) || std::holds_alternative<WaitsEnded>(event) ||
           std::holds_alternative<WorkerRestored>(event) ||
           std::holds_alternative<WorkerManaged>(event) ||
           std::holds_alternative<WorkerOffered>(event) ||
           std::holds_alternative<TaskDone>(event) || std::holds_alternative<TaskReturned>(event) ||
           std::holds_alternative<ArtifactLost>(event);
}

std::size_t ready_tasks(const Farm& farm, std::size_t enough) {
    std::size_t ready = 0;
    for (const JobRank& rank : farm.queue) {
        for (const auto& [line, tasks] : farm.jobs.at(rank.job).ready) ready += tasks.size();
        if (ready >= enough) break;
    }
    return ready;
}

}  // namespace

Server::Server(const ServerConfig& config, Journal& journal, const Clock& clock, Log& log)
    : config_(config),
      journal_(journal),
      clock_(clock),
      log_(log),
      submissions_(config.policy.tasks_per_job_max),
      door_(context_, config.allowed),
      socket_(context_, ZMQ_ROUTER) {
    journal_.replay([this](const Event& event) { evolve(farm_, event); });
    now_ = clock_.wall();
    steady_ = listened_at_ = clock_.steady();
    clock_offset_ = now_ - steady_;
    carry_out(SchedulerStarted{});
    tick();
    journal_.append(std::exchange(batch_, {}));
    socket_.set_limits();
    socket_.set(ZMQ_LINGER, last_words_ms);
    socket_.set(ZMQ_ROUTER_MANDATORY, 1);
    wire::guard(socket_, config_.keys);
    socket_.bind(config_.endpoint);
    log_.info("scheduler_listens",
              {{"endpoint", endpoint()},
               {"jobs", static_cast<std::int64_t>(farm_.jobs.size())},
               {"workers", static_cast<std::int64_t>(farm_.workers.size())}});
}

std::string Server::endpoint() const {
    return socket_.bound_endpoint();
}

void Server::run(const StopSignal& stop) {
    while (!stop.raised() && !closed()) {
        wait(stop);
        turn();
    }
    log_.info("scheduler_stopped");
}

bool Server::closed() const {
    if (!closing_since_) return false;
    return steady_ - *closing_since_ >= (workers_.empty() ? farewell_min : farewell_max);
}

void Server::turn() {
    now_ = clock_.wall();
    steady_ = clock_.steady();
    watch_clocks();
    const int refused = door_.answer();
    if (refused > 0) log_.warning("key_refused", {{"count", std::int64_t{refused}}});
    receive();
    // What has been said is heard before a lease ends, but a flood cannot stop time.
    full_turns_ = more_waits_ ? full_turns_ + 1 : 0;
    if (steady_ >= tick_at_ && (!more_waits_ || full_turns_ >= full_turns_max)) tick();
    const JournalBatch batch = std::exchange(batch_, {});
    if (!batch.empty()) journal_.append(batch);  // on failure we end and replay
    for (const Outgoing& message : std::exchange(outgoing_, {})) {
        socket_.send(std::array{message.to, message.bytes});
    }
    announce(batch.events);
    tell_watchers();
}

// Nobody is blamed for time in which nobody listened here, nor for a clock that was set.
void Server::watch_clocks() {
    const Millis step = (now_ - steady_) - clock_offset_;
    if (!carry_out(StepClock{step}).events.empty()) {
        clock_offset_ += step;
        log_.warning("clock_stepped", {{"ms", static_cast<std::int64_t>(step.count())}});
    }
    const Millis away = steady_ - std::exchange(listened_at_, steady_);
    if (away <= away_tolerated) return;
    if (!carry_out(Resumed{away}).events.empty()) {
        log_.warning("scheduler_was_away", {{"ms", static_cast<std::int64_t>(away.count())}});
    }
}

void Server::wait(const StopSignal& stop) {
    std::array<zmq_pollitem_t, 3> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                         {door_.socket().handle(), 0, ZMQ_POLLIN, 0},
                                         {nullptr, stop.descriptor(), ZMQ_POLLIN, 0}}};
    const Millis left =
        more_waits_ ? Millis{0} : std::max(Millis{0}, next_deadline() - clock_.steady());
    zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(left.count()));
}

Millis Server::next_deadline() const {
    Millis deadline = tick_at_;
    if (closing_since_) {
        deadline = *closing_since_ + (workers_.empty() ? farewell_min : farewell_max);
    }
    for (const auto& [routing, watcher] : watchers_) {
        if (watcher.has_news) deadline = std::min(deadline, watcher.told_at + news_every);
    }
    return deadline;
}

// What arrives. ----------------------------------------------------------------------------------

void Server::receive() {
    more_waits_ = true;
    for (int i = 0; i < commands_per_turn_max; ++i) {
        const std::optional<wire::Frames> frames = socket_.receive();
        if (!frames) {
            more_waits_ = false;
            return;
        }
        take(*frames);
    }
}

void Server::take(const wire::Frames& frames) {
    const std::optional<wire::Peer> peer = config_.allowed.find(std::string_view(frames.user));
    if (frames.parts.size() != 2 || !peer) return;  // not from a program of ours
    Sender sender{frames.parts[0], *peer, 0};
    try {
        if (peer->role == wire::Role::worker) return take_from_worker(sender, frames.parts[1]);
        take_from_client(sender, frames.parts[1]);
    } catch (const Error& error) {
        // The request boundary: what one peer sends must not harm the others.
        log_.warning("message_refused", {{"peer", peer->name}, {"why", std::string(error.what())}});
        if (peer->role == wire::Role::worker) return say(sender.routing, refusal_of(error));
        reply(sender, refusal_of(error));
    }
}

void Server::take_from_worker(const Sender& sender, const std::string& bytes) {
    const auto message = wire::decode<wire::WorkerMessage>(bytes).message;
    const WorkerId worker{sender.peer.name};
    if (closing_since_) say(sender.routing, shutdown_message());
    const SessionId session = session_of(message);
    const std::optional<Command> command =
        command_from(message, worker, predecessor_heard(worker, session));
    if (!command) {
        log_.info("goodbye", {{"worker", worker.name}});
        note_heard(worker, session, true);
        workers_.erase(worker);
        return;
    }
    if (closing_since_ && std::holds_alternative<AskForWork>(*command)) return;
    const Decision decision = carry_out(*command);
    note_heard(worker, session, false);
    const bool refused = std::holds_alternative<Refused>(decision.answer);
    if (!refused) workers_[worker] = sender.routing;
    if (refused) {
        log_.warning("worker_refused",
                     {{"worker", worker.name}, {"why", std::get<Refused>(decision.answer).text}});
    }
    note_report(message, decision, worker);
    if (std::holds_alternative<wire::Hello>(message) && !refused) {
        say(sender.routing,
            wire::Welcome{worker.name, static_cast<std::uint64_t>(config_.keep_alive.count())});
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

Decision Server::carry_out(const Command& command) {
    Decision decision = advance(farm_, config_.policy, command, now_);
    batch_.events.insert(batch_.events.end(), decision.events.begin(), decision.events.end());
    return decision;
}

// What a report says beside what the farm decides upon.
void Server::note_report(const wire::WorkerMessage& message,
                         const Decision& decision,
                         WorkerId worker) {
    const auto keep_log = [&](const wire::Attempt& attempt, const wire::AttemptLog& log) {
        progress_.erase(attempt_from(attempt));
        if (decision.events.empty() || log.path.empty()) return;  // repeated, or nothing to keep
        batch_.logs.push_back({attempt_from(attempt), worker.name, log.path, log.tail});
    };
    if (const auto* done = std::get_if<wire::Done>(&message)) keep_log(done->attempt, done->log);
    if (const auto* failed = std::get_if<wire::Failed>(&message)) {
        keep_log(failed->attempt, failed->log);
    }
    const auto* alive = std::get_if<wire::KeepAlive>(&message);
    if (alive == nullptr) return;
    for (const wire::AttemptProgress& progress : alive->attempts) {
        const TaskAttempt attempt = attempt_from(progress.attempt);
        const Task* task = find_task(farm_, attempt.task);
        const bool live = task != nullptr && task->lease && task->lease->attempt == attempt.attempt;
        if (!live) continue;
        progress_[attempt] = {std::clamp(progress.fraction, 0.0, 1.0), progress.text};
        for (auto& [routing, watcher] : watchers_) {
            if (watcher.job == attempt.task.job) watcher.has_news = true;
        }
    }
}

void Server::answer_worker(const Sender& sender, const Answer& answer) {
    const Routing& to = sender.routing;
    std::visit(Overloaded{
                   [&](const Nothing&) {},
                   [&](const JobAccepted&) {},
                   [&](const VersionsAnswer&) {},
                   [&](const Changed&) {},
                   [&](const Refused& refused) {
                       say(to, wire::Refused{std::string(name_of(refused.kind)), refused.text});
                   },
                   [&](const LeaseGranted& granted) {
                       std::erase(idle_, to);
                       say(to, lease_message(granted));
                   },
                   [&](const NoWork& none) {
                       if (std::find(idle_.begin(), idle_.end(), to) == idle_.end()) {
                           idle_.push_back(to);
                       }
                       const auto ms = std::max<std::int64_t>(1, none.ask_again.count());
                       say(to, wire::NoWork{static_cast<std::uint64_t>(ms)});
                   },
                   [&](const HelloFirst&) { say(to, wire::HelloFirst{}); },
                   [&](const Verdicts& verdicts) {
                       wire::Verdicts message;
                       for (const AttemptVerdict& verdict : verdicts.attempts) {
                           message.attempts.push_back({attempt_on_wire(verdict.attempt),
                                                       verdict_on_wire(verdict.verdict),
                                                       false});
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

wire::SchedulerMessage Server::lease_message(const LeaseGranted& granted) {
    const Task* task = find_task(farm_, granted.attempt.task);
    NIGHTREEL_CHECK(task != nullptr, "what is leased is there");
    const std::optional<std::string> order = order_of(granted.attempt.task);
    if (!order) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("the journal has no order for {}: submit the night again",
                                task->spec.name));
    }
    return wire::Lease{attempt_on_wire(granted.attempt),
                       task->spec.name,
                       task->spec.digest,
                       *order,
                       granted.number,
                       config_.roots,
                       static_cast<std::uint64_t>(granted.lease.count()),
                       granted.lean,
                       granted.fresh};
}

void Server::tick() {
    carry_out(Tick{});
    forget_old_progress();
    const bool waiting = !farm_.in_work.empty() || !farm_.queue.empty();
    tick_at_ = steady_ + (waiting ? tick_every : tick_idle);
    wake_idle_workers();
}

void Server::forget_old_progress() {
    std::erase_if(progress_, [&](const auto& entry) {
        const Task* task = find_task(farm_, entry.first.task);
        return task == nullptr || !task->lease || task->lease->attempt != entry.first.attempt;
    });
}

// What is told. ----------------------------------------------------------------------------------

void Server::say(const Routing& to, const wire::SchedulerMessage& message) {
    outgoing_.push_back({to, wire::encode(message)});
}

void Server::reply(const Sender& sender, const wire::ServerReply& message) {
    outgoing_.push_back({sender.routing, wire::encode(message, sender.request)});
}

void Server::announce(const std::vector<Event>& facts) {
    bool work = false;
    for (const Event& fact : facts) {
        log_fact(fact);
        work = work || may_make_work(fact);
        const std::optional<JobId> job = job_of(fact);
        for (auto& [routing, watcher] : watchers_) {
            if (job == watcher.job) watcher.has_news = true;
        }
    }
    if (!facts.empty()) tick_at_ = std::min(tick_at_, steady_ + tick_every);
    if (work) wake_idle_workers();
}

// As many as there are tasks to give; the others would ask for nothing.
void Server::wake_idle_workers() {
    if (idle_.empty()) return;
    const std::string ask_now = wire::encode(wire::SchedulerMessage(wire::NoWork{0}));
    std::size_t ready = ready_tasks(farm_, idle_.size());
    while (ready > 0 && !idle_.empty()) {
        if (socket_.send(std::array{idle_.front(), ask_now})) --ready;
        idle_.pop_front();
    }
}

void Server::close_farm() {
    closing_since_ = steady_;
    for (const auto& [worker, routing] : workers_) say(routing, shutdown_message());
}

void Server::log_fact(const Event& fact) {
    const std::string name(name_of(fact));
    std::visit(Overloaded{
                   [&](const TaskLeased& e) {
                       log_.info(name,
                                 {{"job", static_cast<std::int64_t>(e.task.job.value)},
                                  {"task", std::int64_t{e.task.index}},
                                  {"attempt", static_cast<std::int64_t>(e.attempt.value)},
                                  {"worker", e.worker.name}});
                   },
                   [&](const TaskReturned& e) {
                       log_.warning(name,
                                    {{"job", static_cast<std::int64_t>(e.task.job.value)},
                                     {"task", std::int64_t{e.task.index}},
                                     {"attempt", static_cast<std::int64_t>(e.attempt.value)},
                                     {"reason", std::string(word_of(e.reason))},
                                     {"why", e.why}});
                   },
                   [&](const TaskFailed& e) {
                       log_.error(name,
                                  {{"job", static_cast<std::int64_t>(e.task.job.value)},
                                   {"task", std::int64_t{e.task.index}},
                                   {"attempt", static_cast<std::int64_t>(e.attempt.value)},
                                   {"kind", std::string(name_of(e.kind))},
                                   {"why", e.why}});
                   },
                   [&](const LeaseRenewed&) {},
                   [&](const WorkerSeen&) {},
                   [&](const WorkerSetAside& e) {
                       log_.warning(name, {{"worker", e.worker.name}, {"why", e.why}});
                   },
                   [&](const auto& e) {
                       if constexpr (requires {
                                         e.task.index;
                                         e.attempt;
                                     }) {
                           log_.info(name,
                                     {{"job", static_cast<std::int64_t>(e.task.job.value)},
                                      {"task", std::int64_t{e.task.index}},
                                      {"attempt", static_cast<std::int64_t>(e.attempt.value)}});
                       } else if constexpr (requires { e.job; }) {
                           log_.info(name, {{"job", static_cast<std::int64_t>(e.job.value)}});
                       } else if constexpr (requires { e.worker; }) {
                           log_.info(name, {{"worker", e.worker.name}});
                       } else {
                           log_.info(name);
                       }
                   },
               },
               fact);
}

void run_server(const ServerConfig& config,
                const Clock& clock,
                Log& log,
                const StopSignal& stop,
                const std::function<void(const std::string& endpoint)>& on_ready) {
    SqliteJournal journal(config.journal);
    Server server(config, journal, clock, log);
    on_ready(server.endpoint());
    server.run(stop);
}

}  // namespace nightreel
