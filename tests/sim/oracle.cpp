#include "tests/sim/oracle.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel::sim {
namespace {

bool lists(const std::vector<TaskAttempt>& list, const TaskAttempt& attempt) {
    return std::find(list.begin(), list.end(), attempt) != list.end();
}

template <class T>
bool any_of_kind(std::span<const Event> events) {
    return std::any_of(events.begin(), events.end(), [](const Event& event) {
        return std::holds_alternative<T>(event);
    });
}

// The attempt that a report speaks of, and who sent it.
std::optional<std::pair<WorkerId, TaskAttempt>> reported(const Command& command) {
    using Sender = std::pair<WorkerId, TaskAttempt>;
    if (const auto* done = std::get_if<ReportDone>(&command)) {
        return Sender{done->worker, done->attempt};
    }
    if (const auto* published = std::get_if<ReportPublished>(&command)) {
        return Sender{published->worker, published->attempt};
    }
    if (const auto* failure = std::get_if<ReportFailure>(&command)) {
        return Sender{failure->worker, failure->attempt};
    }
    return {};
}

// Whether the command, if a worker's, comes from the session that the farm knows.
bool is_known_session(const Command& command, const Book& book) {
    return std::visit(
        [&](const auto& said) {
            if constexpr (requires {
                              said.worker;
                              said.session;
                          }) {
                const auto found = book.workers.find(said.worker);
                return found != book.workers.end() && found->second.session == said.session;
            } else {
                return true;
            }
        },
        command);
}

}  // namespace

void Oracle::require(bool holds, const std::string& what) const {
    if (!holds) throw Error(ErrorKind::internal, what);
}

void Oracle::judge(const Command& command, const Decision& decision, Millis now) {
    command_ = &command;
    now_ = now;
    session_before_.reset();
    if (const auto* hello = std::get_if<Hello>(&command)) {
        const auto known = book_.workers.find(hello->worker);
        if (known != book_.workers.end()) session_before_ = known->second.session;
    }
    const auto report = reported(command);
    is_stranger_ = !is_known_session(command, book_);
    was_current_ = report && !is_stranger_ && book_.holds(report->first, report->second);
    was_accepted_ = was_current_ && book_.task(report->second.task).accepted;
    for (const Event& event : decision.events) {
        require(time_of(event) == now, "a fact of another time");
        std::visit([this](const auto& e) { fact(e); }, event);
        if (!std::holds_alternative<ClockStepped>(event)) {
            book_.latest = std::max(book_.latest, now);
        }
    }
    note_heard();
    require_acted(decision.events);
    require_answered(decision.answer);
}

void Oracle::note_heard() {
    const auto hear = [this](const WorkerId& id) {
        const auto found = book_.workers.find(id);
        if (found != book_.workers.end()) found->second.heard = now_;
    };
    if (const auto* hello = std::get_if<Hello>(command_)) hear(hello->worker);
    const auto* alive = std::get_if<KeepAlive>(command_);
    if (alive != nullptr && !is_stranger_) hear(alive->worker);
    if (const auto* ask = std::get_if<AskForWork>(command_)) {
        const auto found = book_.workers.find(ask->worker);
        if (found != book_.workers.end() && found->second.session == ask->session)
            hear(ask->worker);
    }
}

// How endings are justified. ---------------------------------------------------------------------

Oracle::Cause Oracle::cause_of_ending(TaskKey key) const {
    const TaskRecord& record = book_.task(key);
    const TaskAttempt attempt{key, record.attempt};
    if (std::holds_alternative<Tick>(*command_)) {
        require(now_ >= record.until, "a lease was ended before its time");
        return Cause::lost;
    }
    if (const auto* hello = std::get_if<Hello>(command_)) {
        require(hello->worker == record.worker, "a worker's Hello ended the lease of another");
        require(session_before_ && *session_before_ != hello->session,
                "a repeated Hello ended a lease");
        require(!lists(hello->running, attempt) && !lists(hello->finished, attempt),
                "a lease was ended although its worker has it in hand");
        return Cause::lost;
    }
    const auto report = reported(*command_);
    require(report && report->second == attempt && was_current_, "a stale report ended a lease");
    if (const auto* failure = std::get_if<ReportFailure>(command_)) {
        return cause_by_report(key, *failure);
    }
    const auto* done = std::get_if<ReportDone>(command_);
    require(done != nullptr && done->cached && record.fresh, "a good result ended a lease badly");
    return Cause::crashed;
}

Oracle::Cause Oracle::cause_by_report(TaskKey key, const ReportFailure& report) const {
    for (const TaskIndex need : book_.task(key).spec.needs) {
        const Digest& digest = book_.task({key.job, need}).spec.digest;
        const auto& lost = report.lost_inputs;
        if (std::find(lost.begin(), lost.end(), digest) != lost.end()) return Cause::input_lost;
    }
    if (report.cause == FailureCause::killed) return Cause::killed;
    if (report.cause == FailureCause::stopped) return Cause::stopped;
    switch (report.kind) {
        case ErrorKind::unfit:
            return Cause::unfit;
        case ErrorKind::bad_input:
        case ErrorKind::usage:
        case ErrorKind::not_allowed:
        case ErrorKind::needs_approval:
        case ErrorKind::corrupt:
            return Cause::hopeless;
        case ErrorKind::timed_out:
        case ErrorKind::crash:
        case ErrorKind::internal:
            return Cause::crashed;
        case ErrorKind::cancelled:
            return Cause::lost;
        case ErrorKind::unavailable:
        case ErrorKind::unreachable:
            return Cause::unavailable;
        case ErrorKind::out_of_memory:
            return Cause::out_of_memory;
    }
    return Cause::hopeless;
}

bool Oracle::larger_worker_known(const TaskRecord& record) const {
    const std::uint64_t had = book_.workers.at(record.worker).memory_bytes;
    return std::any_of(book_.workers.begin(), book_.workers.end(), [had](const auto& entry) {
        return entry.second.memory_bytes > had;
    });
}

bool Oracle::at_limit(const TaskRecord& record, Cause cause) const {
    switch (cause) {
        case Cause::lost:
            return record.losses + 1 >= policy_.losses_max;
        case Cause::crashed:
            return record.crashes + 1 >= policy_.attempts_max;
        case Cause::killed:
            return record.killed + 1 >= policy_.farm_losses_max;
        case Cause::stopped:
            return record.stopped + 1 >= policy_.farm_losses_max;
        case Cause::unavailable:
        case Cause::unfit:
            return record.unavailable_since &&
                   now_ - *record.unavailable_since >= policy_.unavailable_limit;
        case Cause::out_of_memory:
            return record.ooms + 1 >= policy_.oom_max ||
                   (record.lean && !larger_worker_known(record));
        case Cause::input_lost:
            return record.input_losses + 1 >= policy_.input_losses_max;
        case Cause::hopeless:
            return true;
    }
    return true;
}

bool Oracle::lost_to_farm(Cause cause) {
    return cause == Cause::lost || cause == Cause::killed || cause == Cause::stopped;
}

void Oracle::tally(TaskRecord& record, TaskKey key, Cause cause, bool failed) {
    WorkerRecord& worker = book_.workers.at(record.worker);
    const bool host_may_be_bad = cause == Cause::crashed || cause == Cause::unavailable;
    if (host_may_be_bad || (failed && lost_to_farm(cause))) {
        worker.failures_in_a_row.insert(key);
    }
    const bool bad_place = host_may_be_bad || cause == Cause::out_of_memory ||
                           cause == Cause::unfit || cause == Cause::hopeless;
    if (bad_place || failed) record.failed_on.insert(record.worker);
    if (cause == Cause::lost) ++record.losses;
    if (cause == Cause::crashed) ++record.crashes;
    if (cause == Cause::input_lost) ++record.input_losses;
    if (cause == Cause::killed) ++record.killed;
    if (cause == Cause::stopped) ++record.stopped;
    const bool waits = cause == Cause::unavailable || cause == Cause::unfit;
    if (!waits) record.unavailable_since.reset();
    if (waits && !record.unavailable_since) record.unavailable_since = now_;
    if (cause != Cause::unavailable) record.earliest = record.latest = Millis(0);
    if (cause == Cause::out_of_memory) {
        ++record.ooms;
        std::uint64_t& had = record.lean ? record.oom_lean_bytes : record.oom_bytes;
        had = std::max(had, worker.memory_bytes);
    }
}

// What had to happen. ----------------------------------------------------------------------------

void Oracle::require_acted(std::span<const Event> events) const {
    if (std::holds_alternative<Tick>(*command_)) {
        book_.each_task([&](TaskKey, const TaskRecord& record) {
            require(record.status != Status::held || now_ < record.until,
                    "a lease outlived its time");
        });
        for (const auto& [id, worker] : book_.workers) {
            require(!worker.aside_until || now_ < *worker.aside_until,
                    "a worker stayed aside beyond its time");
        }
    }
    require_reconciled();
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
                    (status == Status::waiting && book_.needs_done({id, i}));
        }
        require(alive, "a job has ended and nobody was told");
    }
}

void Oracle::require_reconciled() const {
    if (std::holds_alternative<SchedulerStarted>(*command_)) {
        book_.each_task([&](TaskKey, const TaskRecord& record) {
            require(record.status != Status::held || record.until >= now_ + policy_.restart_grace,
                    "a worker was given no time after a restart");
        });
    }
    if (const auto* hello = std::get_if<Hello>(command_)) {
        const bool anew = session_before_ && *session_before_ != hello->session;
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
        require(lease->fresh == record.fresh, "told wrongly whether to use the store");
        require(lease->lean == record.lean, "told wrongly whether to be lean");
    }
    const auto* verdicts = std::get_if<Verdicts>(&answer);
    if (is_stranger_ && !std::holds_alternative<Hello>(*command_)) {
        require(std::holds_alternative<HelloFirst>(answer), "a stranger was not asked who it is");
        return;
    }
    if (const auto* hello = std::get_if<Hello>(command_)) {
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
        require(!book_.plainly_eligible(key, ask, now_),
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
        if (record.status != Status::waiting) return;
        bool blocked = false;
        for (const TaskIndex need : record.spec.needs) {
            blocked = blocked || book_.task({key.job, need}).status != Status::done;
        }
        require(blocked, "a task waits for nothing after the end");
    });
}

}  // namespace nightreel::sim
