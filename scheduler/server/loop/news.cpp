// What became fact, told: to the log, to waiting workers and to who watches a job.

#include <algorithm>
#include <array>

#include "scheduler/server/loop/server.h"
#include "scheduler/server/tally.h"

namespace nightreel {
namespace {

constexpr std::string_view own_name = "scheduler";  // who did what nobody asked for

// The job that a fact is about, if any.
std::optional<JobId> job_of(const Event& event) {
    return std::visit(
        [](const auto& fact) -> std::optional<JobId> {
            if constexpr (requires { fact.job; }) {
                return fact.job;
            } else if constexpr (requires { fact.task.job; }) {
                return fact.task.job;
            } else {
                return {};
            }
        },
        event);
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

template <class Fact>
std::string who_did(const Fact& fact) {
    return fact.by.empty() ? std::string(own_name) : fact.by;
}

// What it is about and who asked for it: for facts of which nothing else is worth a line.
template <class Fact>
void log_plainly(Log& log, const std::string& name, const Fact& fact) {
    // A name: the `by` of a clock's step is a time.
    constexpr bool by_somebody = requires {
        fact.by.empty();
    };
    if constexpr (requires { fact.attempt; }) {
        log.info(name,
                 {{"job", static_cast<std::int64_t>(fact.task.job.value)},
                  {"task", std::int64_t{fact.task.index}},
                  {"attempt", static_cast<std::int64_t>(fact.attempt.value)}});
    } else if constexpr (requires { fact.job; } && by_somebody) {
        log.info(name, {{"job", static_cast<std::int64_t>(fact.job.value)}, {"by", who_did(fact)}});
    } else if constexpr (requires { fact.worker; } && by_somebody) {
        log.info(name, {{"worker", fact.worker.name}, {"by", who_did(fact)}});
    } else if constexpr (requires { fact.job; }) {
        log.info(name, {{"job", static_cast<std::int64_t>(fact.job.value)}});
    } else if constexpr (requires { fact.worker; }) {
        log.info(name, {{"worker", fact.worker.name}});
    } else if constexpr (by_somebody) {
        log.info(name, {{"by", who_did(fact)}});
    } else {
        log.info(name);
    }
}

}  // namespace

void Server::announce(const std::vector<Event>& facts) {
    bool work = false;
    for (const Event& fact : facts) {
        log_fact(fact);
        work = work || may_make_work(fact);
        note_change(fact);
        const auto* reviewed = std::get_if<TakesReviewed>(&fact);
        if (reviewed != nullptr && review_mirror_) review_mirror_->write(reviewed->records);
    }
    if (!facts.empty()) tick_at_ = std::min(tick_at_, steady_ + tick_every);
    if (work) wake_idle_workers();
}

// What the watchers of a job are to be told: as much as changed, however large the job is.
void Server::note_change(const Event& fact) {
    if (watched_.empty()) return;
    const std::optional<JobId> job = job_of(fact);
    if (!job) return;
    const auto watched = watched_.find(*job);
    if (watched == watched_.end()) return;
    watched->second.has_news = true;
    for (const TaskKey& key : tasks_changed_by(fact)) {
        const Task* task = find_task(farm_, key);
        if (task == nullptr) continue;
        if (task->spec.kind != TaskKind::dailies) {
            watched->second.changes.shots.emplace(shot_of(task->spec.name));
        }
        if (task->state == TaskState::failed) watched->second.changes.failed.insert(key.index);
    }
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
                   [&](const auto& e) { log_plainly(log_, name, e); },
               },
               fact);
}

// Progress. --------------------------------------------------------------------------------------

wire::ServerReply Server::watch(const Sender& sender, JobId job) {
    std::string head = job_head(view(), job);
    const bool finished = farm_.jobs.at(job).finished;
    stop_watching(sender.routing);
    if (!finished) {
        if (watchers_ >= watchers_max) {
            throw Error(ErrorKind::unavailable,
                        "too many clients watch jobs: use `nightreel status` instead");
        }
        watched_[job].watchers[sender.routing] = {sender.request,
                                                  steady_ + Millis{wire::watch_kept_ms}};
        ++watchers_;
    }
    return wire::JobNews{job.value, std::move(head), finished};
}

void Server::stop_watching(const Routing& routing) {
    for (auto it = watched_.begin(); it != watched_.end();) {
        watchers_ -= it->second.watchers.erase(routing);
        it = it->second.watchers.empty() ? watched_.erase(it) : std::next(it);
    }
}

void Server::tell_watchers() {
    for (auto it = watched_.begin(); it != watched_.end();) {
        it = tell_watchers_of(it->first, it->second) ? std::next(it) : watched_.erase(it);
    }
}

// False when nobody is left to be told. One text for all who watch the job.
bool Server::tell_watchers_of(JobId id, WatchedJob& watched) {
    const auto job = farm_.jobs.find(id);
    const bool gone = job == farm_.jobs.end();
    const bool finished = !gone && job->second.finished;
    const bool due = watched.has_news && steady_ - watched.told_at >= news_every;
    if (!gone && !finished && !due) return true;
    wire::JobNews news{id.value, {}, finished};
    if (!gone) news.text = finished ? job_head(view(), id) : job_news(view(), id, watched.changes);
    watchers_ -= std::erase_if(watched.watchers, [&](const auto& entry) {
        const auto& [routing, watcher] = entry;
        if (gone || steady_ > watcher.until) return true;
        const std::string bytes = fitting(wire::ServerReply(news), watcher.request);
        return !socket_.send(std::array{routing, bytes}) || finished;
    });
    watched.changes = {};
    watched.told_at = steady_;
    watched.has_news = false;
    return !watched.watchers.empty();
}

}  // namespace nightreel
