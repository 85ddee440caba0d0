#include "tests/sim/oracle.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/said.h"

namespace nightreel::sim {

void Oracle::require(bool holds, const std::string& what) const {
    if (!holds) throw Error(ErrorKind::internal, what);
}

void Oracle::judge(const Command& command, const Decision& decision, Moment moment) {
    command_ = &command;
    now_ = moment.now;
    listened_ = moment.listened;
    const Millis now = now_;
    session_before_.reset();
    if (const auto* hello = std::get_if<Hello>(&command)) {
        const auto known = book_.workers.find(hello->worker);
        if (known != book_.workers.end()) session_before_ = known->second.session;
    }
    const auto report = reported(command);
    is_stranger_ = !is_known_session(command, book_);
    was_current_ = report && !is_stranger_ && book_.holds(report->first, report->second);
    was_accepted_ = was_current_ && book_.task(report->second.task).accepted;
    require_one_machine(decision);
    for (const Event& event : decision.events) {
        require(time_of(event) == now, "a fact of another time");
        std::visit([this](const auto& e) { fact(e); }, event);
        note_afters();
        if (!std::holds_alternative<ClockStepped>(event)) {
            book_.latest = std::max(book_.latest, now);
        }
    }
    note_heard();
    note_spoken(decision.answer);
    require_acted(decision.events);
    require_answered(decision.answer);
}

void Oracle::note_heard() {
    const auto hear = [this](const WorkerId& id) {
        const auto found = book_.workers.find(id);
        if (found != book_.workers.end()) found->second.heard = now_;
    };
    const auto* hello = std::get_if<Hello>(command_);
    if (hello != nullptr && is_known_session(*command_, book_)) hear(hello->worker);
    const auto* alive = std::get_if<KeepAlive>(command_);
    if (alive != nullptr && !is_stranger_) hear(alive->worker);
    if (const auto* ask = std::get_if<AskForWork>(command_)) {
        const auto found = book_.workers.find(ask->worker);
        if (found != book_.workers.end() && found->second.session == ask->session)
            hear(ask->worker);
    }
}

// Who spoke, and of what, in time that somebody listened: what law says about machines and leases
// depends on it alone, not on the clock on the wall.
void Oracle::note_spoken(const Answer& answer) {
    const auto* lease = std::get_if<LeaseGranted>(&answer);
    const bool started = std::holds_alternative<SchedulerStarted>(*command_);
    const bool known = is_known_session(*command_, book_);
    for (auto& [id, worker] : book_.workers) {
        if (started || (known && sender_of(*command_) == id)) worker.spoke = listened_;
    }
    for (auto& [id, job] : book_.jobs) {
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            TaskRecord& record = job.tasks[i];
            if (record.status != Status::held) continue;
            const TaskAttempt attempt{{id, i}, record.attempt};
            // Whoever asks speaks of the lease that it is given again, and of no other.
            const bool asks = std::holds_alternative<AskForWork>(*command_);
            const bool given = lease != nullptr && lease->attempt == attempt;
            const bool speaks = known && speaks_for(*command_, record.worker, attempt);
            if (started || (speaks && (!asks || given))) record.spoken_for = listened_;
        }
    }
}

// Two processes of one name that both speak are two machines: the second changes nothing. One that
// comes after a silence is let in.
void Oracle::require_one_machine(const Decision& decision) const {
    const auto* hello = std::get_if<Hello>(command_);
    if (hello == nullptr) return;
    const auto known = book_.workers.find(hello->worker);
    const bool second = known != book_.workers.end() && known->second.session != hello->session;
    const bool speaks = second && listened_ - known->second.spoke < policy_.predecessor_silent;
    const bool refused = std::holds_alternative<Refused>(decision.answer);
    require(!speaks || refused, "a second machine took the place of one that speaks");
    require(!refused || speaks, "a worker was not let in after the silence of the one before");
    require(!refused || decision.events.empty(), "a machine that was refused changed something");
}

// What had to happen. ----------------------------------------------------------------------------

void Oracle::require_acted(std::span<const Event> events) const {
    if (std::holds_alternative<Tick>(*command_)) require_time_acted();
    require_reconciled();
    require_managed();
    require(!is_stranger_ || std::holds_alternative<Hello>(*command_) || events.empty(),
            "an unknown session changed something");
    const bool ends = any_of_kind<TaskReturned>(events) || any_of_kind<TaskFailed>(events);
    if (reported(*command_)) {
        const bool done = std::holds_alternative<ReportDone>(*command_);
        const bool published = std::holds_alternative<ReportPublished>(*command_);
        require(was_current_ || events.empty(), "a stale report changed something");
        if (was_current_ && done && !was_accepted_) {
            require(ends || any_of_kind<TaskAccepted>(events), "a good result was not taken");
        }
        if (was_current_ && published && was_accepted_) {
            require(any_of_kind<TaskDone>(events), "a published result was not done");
        }
        if (was_current_ && !done && !published) require(ends, "a failure changed nothing");
        require_set_aside(events);
        const auto* failure = std::get_if<ReportFailure>(command_);
        if (failure != nullptr) require_remade(*failure);
    }
    for (const auto& [id, job] : book_.jobs) {
        if (job.finished) continue;
        bool alive = false;
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            const Status status = job.tasks[i].status;
            alive = alive || status == Status::held ||
                    (status == Status::waiting && book_.may_begin({id, i}));
        }
        require(alive, "a job has ended and nobody was told");
    }
}

// Who was taken offline works on nothing from then on; who was drained goes on with what it has.
void Oracle::require_managed() const {
    const auto* manage = std::get_if<ManageWorker>(command_);
    if (manage == nullptr || !book_.workers.contains(manage->worker)) return;
    require(book_.workers.at(manage->worker).mode == manage->mode, "a worker was not managed");
    if (manage->mode != WorkerMode::offline) return;
    book_.each_task([&](TaskKey, const TaskRecord& record) {
        const bool works =
            record.status == Status::held && record.worker == manage->worker && !record.accepted;
        require(!works, "a worker that was taken offline still has work");
    });
}

void Oracle::require_time_acted() const {
    book_.each_task([&](TaskKey key, const TaskRecord& record) {
        if (record.status == Status::held) {
            require(now_ < record.until, "a lease outlived its time");
            const bool stuck =
                record.accepted && now_ - record.accepted_at >= policy_.publishing_limit;
            require(!stuck || !another_could_take(record, true),
                    "a result that cannot be published was left with its worker");
        }
        const bool could_run = record.status == Status::waiting && book_.may_begin(key);
        if (!could_run || book_.jobs.at(key.job).paused) return;
        const auto since = nobody_since(key, true);
        require(!since || now_ - *since < policy_.unavailable_limit,
                "what nobody can run waits beyond the limit");
    });
    for (const auto& [id, worker] : book_.workers) {
        require(!worker.aside_until || now_ < *worker.aside_until,
                "a worker stayed aside beyond its time");
    }
}

// Since when nobody can run the task, at the latest (surely) or at the earliest; none: somebody
// can, or nobody is there who can do anything.
std::optional<Millis> Oracle::nobody_since(TaskKey key, bool surely) const {
    const TaskRecord& record = book_.task(key);
    Millis since = std::max(book_.jobs.at(key.job).begun, record.ready);
    bool somebody = false;
    for (const auto& [id, worker] : book_.workers) {
        const bool gone = book_.surely_gone(policy_, worker, now_);
        const bool live = surely ? book_.surely_live(policy_, worker, now_) : !gone;
        const bool well = !worker.offer || worker.offer->fault.empty();
        somebody = somebody || (live && well);
        // That it says the same again and is tried again proves nothing.
        const bool proved_unfit = worker.proved_unfit.contains(Digest{}) ||
                                  worker.proved_unfit.contains(record.spec.model_digest);
        if (!book_.unfit(worker, record.spec) && !proved_unfit) {
            if (surely ? !gone : book_.surely_live(policy_, worker, now_)) return {};
            since =
                std::max(since, worker.heard - (surely ? Millis(0) : policy_.worker_seen_every));
            continue;
        }
        since = std::max(since, worker.offered);
        for (const Digest& model : {Digest{}, record.spec.model_digest}) {
            const auto proved = worker.proved_unfit.find(model);
            if (proved != worker.proved_unfit.end()) since = std::max(since, proved->second);
        }
    }
    if (!somebody) return {};
    return since;
}

void Oracle::require_reconciled() const {
    if (std::holds_alternative<SchedulerStarted>(*command_)) {
        book_.each_task([&](TaskKey, const TaskRecord& record) {
            require(record.status != Status::held || record.until >= now_ + policy_.restart_grace,
                    "a worker was given no time after a restart");
        });
    }
    const auto* alive = std::get_if<KeepAlive>(command_);
    if (alive != nullptr && !is_stranger_) {
        for (const auto& [attempt, reason] : alive->reasons) {
            const bool unpublished =
                book_.holds(alive->worker, attempt) && book_.task(attempt.task).accepted;
            require(!unpublished || book_.task(attempt.task).has_reason,
                    "nobody is told why a result is not published");
        }
    }
    if (const auto* hello = std::get_if<Hello>(command_)) {
        const bool anew = session_before_ && *session_before_ != hello->session &&
                          is_known_session(*command_, book_);
        book_.each_task([&](TaskKey key, const TaskRecord& record) {
            const TaskAttempt attempt{key, record.attempt};
            const bool forgotten =
                anew && record.status == Status::held && record.worker == hello->worker &&
                !lists(hello->running, attempt) && !lists(hello->finished, attempt);
            require(!forgotten, "a lease was left with a worker that came back without it");
        });
    }
}

// A reader that was sent back because of lost inputs must not find them counted as done.
void Oracle::require_remade(const ReportFailure& report) const {
    const TaskKey key = report.attempt.task;
    if (!was_current_ || book_.task(key).status != Status::waiting) return;
    for (const TaskIndex need : book_.task(key).spec.needs) {
        const TaskRecord& maker = book_.task({key.job, need});
        const auto& lost = report.lost_inputs;
        const bool named = std::find(lost.begin(), lost.end(), maker.spec.digest) != lost.end();
        require(!named || maker.status != Status::done, "a lost input is not made again");
    }
}

void Oracle::require_set_aside(std::span<const Event> events) const {
    const WorkerId id = reported(*command_)->first;
    const auto found = book_.workers.find(id);
    if (!was_current_ || found == book_.workers.end()) return;
    const WorkerRecord& worker = found->second;
    const bool another =
        std::any_of(book_.workers.begin(), book_.workers.end(), [&](const auto& entry) {
            return entry.first != id && !book_.aside(entry.second, now_) &&
                   book_.surely_live(policy_, entry.second, now_);
        });
    std::set<JobId> jobs;
    for (const TaskKey& task : worker.failures_in_a_row) jobs.insert(task.job);
    const bool too_many = worker.failures_in_a_row.size() >= policy_.failures_in_a_row_max &&
                          jobs.size() >= policy_.failed_jobs_min;
    const bool blamed = any_of_kind<TaskReturned>(events) &&
                        std::holds_alternative<ReportFailure>(*command_) &&
                        std::get<ReportFailure>(*command_).kind == ErrorKind::crash;
    require(!too_many || !another || !blamed || book_.aside(worker, now_),
            "a worker that fails everything was not set aside");
}

// What the sender is told. -----------------------------------------------------------------------

void Oracle::require_answered(const Answer& answer) const {
    if (const auto* ask = std::get_if<AskForWork>(command_)) {
        const auto known = book_.workers.find(ask->worker);
        const bool greeted = known != book_.workers.end() && known->second.session == ask->session;
        if (!greeted) {
            require(std::holds_alternative<HelloFirst>(answer), "a stranger got an answer");
            return;
        }
        if (std::holds_alternative<NoWork>(answer)) return require_no_idling(*ask);
        const auto* lease = std::get_if<LeaseGranted>(&answer);
        require(lease != nullptr, "an ask was not answered");
        require(book_.holds(ask->worker, lease->attempt), "told of a lease that it does not hold");
        const TaskRecord& record = book_.task(lease->attempt.task);
        require(!record.accepted, "told to work on what is accepted");
        const bool fresh = record.fresh || record.spec.kind == TaskKind::dailies;
        require(lease->fresh == fresh, "told wrongly whether to use the store");
        require(lease->lean == record.lean, "told wrongly whether to be lean");
    }
    const auto* verdicts = std::get_if<Verdicts>(&answer);
    if (is_stranger_ && !std::holds_alternative<Hello>(*command_)) {
        require(std::holds_alternative<HelloFirst>(answer), "a stranger was not asked who it is");
        return;
    }
    if (const auto* hello = std::get_if<Hello>(command_)) {
        if (std::holds_alternative<Refused>(answer)) return;
        require(verdicts != nullptr, "a Hello was not answered");
        require(verdicts->attempts.size() == hello->running.size() + hello->finished.size(),
                "a Hello was not answered for each attempt");
        require_verdicts(hello->worker, *verdicts);
    }
    const auto* alive = std::get_if<KeepAlive>(command_);
    if (alive != nullptr && verdicts != nullptr) {
        require(verdicts->attempts.size() == alive->attempts.size(),
                "a keep-alive was not answered for each attempt");
        require_verdicts(alive->worker, *verdicts);
    }
    if (const auto report = reported(*command_)) {
        require(verdicts != nullptr && verdicts->attempts.size() == 1, "a report was not answered");
        require_verdicts(report->first, *verdicts);
    }
}

void Oracle::require_verdicts(const WorkerId& worker, const Verdicts& verdicts) const {
    for (const auto& [attempt, verdict] : verdicts.attempts) {
        const TaskRecord& record = book_.task(attempt.task);
        if (book_.holds(worker, attempt)) {
            require(verdict == (record.accepted ? Verdict::publish : Verdict::keep),
                    "a holder was told something else than to go on");
            require(reported(*command_) || record.until - now_ >= policy_.lease_renewed_below,
                    "a lease was not renewed");
            continue;
        }
        const bool made_it = record.status == Status::done && record.done_by == attempt.attempt &&
                             record.done_on == worker;
        const bool just_ended = was_current_ && std::holds_alternative<ReportFailure>(*command_);
        const Verdict expected = made_it || just_ended ? Verdict::settled : Verdict::drop;
        require(verdict == expected, "a stale attempt was not told to stop");
    }
}

// Whoever asks without listing a lease of its own never heard of it.
void Oracle::require_lease_repeated(const AskForWork& ask) const {
    book_.each_task([&](TaskKey, const TaskRecord& record) {
        const bool unheard =
            record.status == Status::held && record.worker == ask.worker && !record.accepted;
        require(!unheard, "a lease that was never received is not given again");
    });
}

void Oracle::require_no_idling(const AskForWork& ask) const {
    require_lease_repeated(ask);
    const WorkerRecord& worker = book_.workers.at(ask.worker);
    std::size_t held = 0;
    book_.each_task([&](TaskKey, const TaskRecord& record) {
        held += record.status == Status::held && record.worker == ask.worker ? 1U : 0U;
    });
    if (book_.aside(worker, now_) || worker.mode != WorkerMode::online ||
        held >= policy_.leases_per_worker_max)
        return;
    book_.each_task([&](TaskKey key, const TaskRecord& record) {
        require(!book_.plainly_eligible(policy_, key, ask, now_),
                fmt::format("{} idles though {} waits for it", ask.worker.name, record.spec.name));
    });
}

// The end. ---------------------------------------------------------------------------------------

bool Oracle::all_ended() const {
    return std::all_of(book_.jobs.begin(), book_.jobs.end(), [](const auto& entry) {
        return entry.second.finished;
    });
}

void Oracle::judge_end() const {
    book_.each_task([&](TaskKey key, const TaskRecord& record) {
        const bool published = world_.ever_published.contains(record.spec.digest);
        require(record.status != Status::held, "a task is held after the end");
        require(record.status != Status::done || published, "done at the end but never published");
        const Nature nature = world_.truths.at(record.spec.digest).nature;
        const bool cannot = nature != Nature::sound && nature != Nature::wants_memory;
        require(record.status != Status::done || !cannot, "impossible work is done");
        const bool tells = !record.spec.after.empty() && record.status == Status::done;
        require(!tells || book_.afters_ended(key), "told of what has not ended");
        require(!tells || record.runs_since_settled == 1, "not told once of the last that ended");
        if (record.status != Status::waiting) return;
        bool blocked = false;
        for (const TaskIndex need : record.spec.needs) {
            blocked = blocked || book_.task({key.job, need}).status != Status::done;
        }
        require(blocked, "a task waits for nothing after the end");
    });
}

}  // namespace nightreel::sim
