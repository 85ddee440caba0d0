#include "scheduler/server/loop/server.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zmq.h>

#include "scheduler/protocol/refusal.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {
namespace {

constexpr int last_words_ms = 500;  // for what was said just before the end
constexpr int io_threads = 2;       // who floods one with decryption leaves the other
constexpr int received_messages_max = 16;
constexpr int unread_messages_max = 64;
constexpr int knocking_max = 1'024;  // connections that the system holds until they are let in

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
      faults_(config.journal.string() + ".faults"),
      submissions_(config_),
      meter_(config_.limits),
      log_meter_(config_.limits),
      context_(io_threads),
      door_(context_, config_.allowed),
      socket_(context_, ZMQ_ROUTER) {
    journal_.replay([this](const Event& event) {
        evolve(farm_, event);
        note_rate(rates_, farm_, event);
    });
    tallies_.count_all(farm_);
    now_ = clock_.wall();
    steady_ = listened_at_ = clock_.steady();
    clock_offset_ = now_ - steady_;
    make_review_mirror();
    carry_out(SchedulerStarted{});
    tick();
    journal_.append(std::exchange(batch_, {}));
    socket_.set_limits();
    // Of each connection, in memory: a megabyte each at worst.
    socket_.set(ZMQ_RCVHWM, received_messages_max);
    socket_.set(ZMQ_SNDHWM, unread_messages_max);
    socket_.set(ZMQ_BACKLOG, knocking_max);
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

void Server::run(const StopSignal& stop, const Reload& reload) {
    while (!stop.raised() && !closed()) {
        wait(stop, reload);
        if (reload.wanted && reload.wanted()) apply(reload);
        turn();
    }
    log_.info("scheduler_stopped");
}

void Server::apply(const Reload& reload) {
    try {
        const ServerConfig read = reload.read();
        config_.allowed = read.allowed;
        config_.policy = read.policy;
        config_.limits = read.limits;
        config_.keep_alive = read.keep_alive;
        const bool same_roots = config_.roots == read.roots;
        config_.roots = read.roots;
        if (!same_roots) make_review_mirror();
        config_.marked_roots = read.marked_roots;
        // Welcomed again, they learn of it.
        for (const auto& [worker, routing] : workers_) say(routing, welcome(worker));
        log_.info("settings_reloaded",
                  {{"keys", static_cast<std::int64_t>(config_.allowed.size())}});
    } catch (const std::exception& error) {
        log_.error("settings_not_reloaded",
                   {{"why", plain_text(error.what(), wire::text_bytes_max)}});
    }
}

bool Server::closed() const {
    if (!closing_since_) return false;
    return steady_ - *closing_since_ >= (workers_.empty() ? farewell_min : farewell_max);
}

void Server::turn() {
    now_ = clock_.wall();
    steady_ = clock_.steady();
    watch_clocks();
    const int refused = door_.answer(
        [this](const wire::Peer& peer) { return !meter_.is_paused(peer.name, steady_); });
    if (refused > 0) warn("key_refused", "", fmt::format("{} connections", refused));
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
    // What was said in the meantime is still to be read: nobody was silent.
    for (auto& [worker, heard] : heard_) heard += away;
    if (!carry_out(Resumed{away}).events.empty()) {
        log_.warning("scheduler_was_away", {{"ms", static_cast<std::int64_t>(away.count())}});
    }
}

void Server::wait(const StopSignal& stop, const Reload& reload) {
    std::array<zmq_pollitem_t, 4> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                         {door_.socket().handle(), 0, ZMQ_POLLIN, 0},
                                         {nullptr, stop.descriptor(), ZMQ_POLLIN, 0},
                                         {nullptr, reload.descriptor, ZMQ_POLLIN, 0}}};
    const int count = static_cast<int>(items.size()) - (reload.descriptor < 0 ? 1 : 0);
    const Millis left =
        more_waits_ ? Millis{0} : std::max(Millis{0}, next_deadline() - clock_.steady());
    zmq_poll(items.data(), count, static_cast<long>(left.count()));
}

Millis Server::next_deadline() const {
    Millis deadline = tick_at_;
    if (closing_since_) {
        deadline = *closing_since_ + (workers_.empty() ? farewell_min : farewell_max);
    }
    for (const auto& [job, watched] : watched_) {
        if (watched.has_news) deadline = std::min(deadline, watched.told_at + news_every);
    }
    return deadline;
}

// What arrives. ----------------------------------------------------------------------------------

void Server::receive() {
    more_waits_ = true;
    const Millis until = steady_ + turn_max;
    for (int i = 0; i < commands_per_turn_max && clock_.steady() < until; ++i) {
        std::optional<wire::Frames> frames = socket_.receive();
        if (!frames) {
            more_waits_ = false;
            break;
        }
        take(std::move(*frames));
    }
    serve_clients();
}

// At least one, however long the workers took.
void Server::serve_clients() {
    const Millis until = clock_.steady() + clients_max;
    do {
        std::optional<WaitingRequest> request = clients_.next();
        if (!request) return;
        Sender sender{std::move(request->frames.parts.front()), std::move(request->peer), 0};
        take_admitted(sender, request->frames.parts.back());
    } while (clock_.steady() < until);
    if (!clients_.empty()) more_waits_ = true;
}

void Server::take(wire::Frames frames) {
    if (frames.parts.size() != 2) return;  // not from a program of ours
    const wire::Peer* peer = config_.allowed.find_user(frames.user);
    if (peer == nullptr) return refuse_removed_key(frames);
    Sender sender{frames.parts[0], *peer, 0};
    if (!connections_.admit(frames, peer->name, config_.limits.connections)) {
        return warn("too_many_connections",
                    peer->name,
                    fmt::format("more than {}", config_.limits.connections));
    }
    switch (meter_.admit(*peer, frames.parts[1].size(), steady_)) {
        case Admission::granted:
            if (peer->role == wire::Role::worker) return take_admitted(sender, frames.parts[1]);
            if (clients_.push({std::move(frames), *peer})) return;
            return refuse_for_now(sender);
        case Admission::refused:
            return refuse_for_now(sender);
        case Admission::refused_again:
            return;
        case Admission::paused:
            connections_.cut(frames);
            return warn("key_paused",
                        peer->name,
                        "it sends far more than the scheduler accepts from one key, and is "
                        "refused for a while");
    }
}

// It came in before its key was taken off the list.
void Server::refuse_removed_key(const wire::Frames& frames) {
    const wire::Peer nobody{frames.user, wire::Role::view};
    const Admission admission = meter_.admit(nobody, frames.parts[1].size(), steady_);
    if (admission == Admission::paused) connections_.cut(frames);
    if (admission == Admission::paused || admission == Admission::refused_again) return;
    say(frames.parts[0],
        wire::refusal(ErrorKind::not_allowed, "this key is no longer in scheduler.allow"));
}

void Server::refuse_for_now(const Sender& sender) {
    refuse(sender,
           Error(ErrorKind::unavailable,
                 fmt::format("{} sends more or larger messages than the scheduler accepts from one "
                             "key: try again in a few seconds",
                             sender.peer.name)));
}

void Server::take_admitted(Sender& sender, const std::string& bytes) {
    const wire::Peer& peer = sender.peer;
    // The request boundary: what one peer sends must not harm the others.
    try {
        refuse_what_broke_the_farm(peer, bytes);
        const bool from_worker = peer.role == wire::Role::worker;
        from_worker ? take_from_worker(sender, bytes) : take_from_client(sender, bytes);
    } catch (const FarmBroken&) {
        faults_.note(peer.name, bytes);
        throw;
    } catch (const wire::WrongSide& error) {
        refuse(
            sender,
            Error(error.kind(),
                  fmt::format(
                      "{} has the role {}, but {}", peer.name, word_of(peer.role), error.what())));
    } catch (const Error& error) {
        refuse(sender, error);
    } catch (const std::exception& error) {
        refuse(sender, Error(ErrorKind::internal, error.what()));
    }
}

void Server::refuse(const Sender& sender, const Error& error) {
    const wire::Refused refused = wire::refusal_of(error);
    warn("message_refused", sender.peer.name, refused.text);
    if (sender.peer.role == wire::Role::worker) return say(sender.routing, refused);
    reply(sender, refused);
}

void Server::refuse_what_broke_the_farm(const wire::Peer& peer, const std::string& bytes) const {
    if (!faults_.refuses(peer.name, bytes)) return;
    throw Error(ErrorKind::internal,
                fmt::format("this request ended the scheduler {} times and is refused now; the "
                            "line farm_broken of the scheduler's log says how: please report it",
                            FaultBook::ends_tolerated));
}

// A fault while deciding has changed nothing and can be answered. One while facts are made leaves
// a farm that no replay would give: nobody may be told anything of it.
Decision Server::carry_out(const Command& command) {
    Decision decision = decide(farm_, config_.policy, command, now_);
    try {
        make_fact(farm_, decision, now_);
        for (const Event& event : decision.events) {
            tallies_.note(farm_, event);
            note_rate(rates_, farm_, event);
        }
        batch_.events.insert(batch_.events.end(), decision.events.begin(), decision.events.end());
    } catch (const std::exception& error) {
        const std::string why = plain_text(error.what(), wire::text_bytes_max);
        log_.error("farm_broken", {{"why", why}});
        throw FarmBroken(why);
    }
    return decision;
}

void Server::tick() {
    carry_out(Tick{});
    forget_old_progress();
    forget_idle_submissions();
    tell_what_was_left_out();
    take_found_reviews();
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

// A peer that errs a thousand times a second must not fill the disk with lines that say so.
void Server::warn(const std::string& event, const std::string& peer, const std::string& why) {
    if (log_meter_.admit(event, peer, steady_)) log_.warning(event, {{"peer", peer}, {"why", why}});
}

void Server::tell_what_was_left_out() {
    for (const auto& [reason, count] : log_meter_.left_out(steady_)) {
        log_.warning("lines_left_out",
                     {{"event", reason.first}, {"peer", reason.second}, {"count", count}});
    }
}

// What is told. ----------------------------------------------------------------------------------

// What does not fit into a message is refused, with words that do.
template <class Messages>
std::string Server::fitting(const Messages& message, std::uint64_t request) const {
    try {
        return wire::encode(message, request);
    } catch (const Error& error) {
        return wire::encode(Messages(wire::refusal_of(error)), request);
    }
}

template std::string Server::fitting(const wire::ServerReply&, std::uint64_t) const;
template std::string Server::fitting(const wire::SchedulerMessage&, std::uint64_t) const;

void Server::say(const Routing& to, const wire::SchedulerMessage& message) {
    outgoing_.push_back({to, fitting(message, 0)});
}

void Server::reply(const Sender& sender, const wire::ServerReply& message) {
    outgoing_.push_back({sender.routing, fitting(message, sender.request)});
    meter_.charge(sender.peer, outgoing_.back().bytes.size());
}

// As many as there are tasks to give, in turn: whom nothing suits would keep others from asking.
void Server::wake_idle_workers() {
    if (idle_.empty()) return;
    const std::string ask_now = wire::encode(wire::SchedulerMessage(wire::NoWork{0}));
    std::size_t ready = ready_tasks(farm_, idle_.size());
    while (ready > 0 && !idle_.empty()) {
        auto next = idle_.upper_bound(woken_last_);
        if (next == idle_.end()) next = idle_.begin();
        if (socket_.send(std::array{next->second, ask_now})) --ready;
        woken_last_ = next->first;
        idle_.erase(next);
    }
}

wire::SchedulerMessage Server::welcome(const WorkerId& worker) const {
    return wire::Welcome{worker.name,
                         static_cast<std::uint64_t>(config_.keep_alive.count()),
                         config_.marked_roots,
                         static_cast<std::uint64_t>(config_.policy.lease.count())};
}

void Server::close_farm() {
    closing_since_ = steady_;
    for (const auto& [worker, routing] : workers_) say(routing, shutdown_message);
}

}  // namespace nightreel
