// How the end of a lease is justified, and what it costs; what ends and goes on with others.

#include <algorithm>

#include "tests/sim/oracle.h"
#include "tests/sim/said.h"

namespace nightreel::sim {

Oracle::Cause Oracle::cause_of_ending(TaskKey key) const {
    const TaskRecord& record = book_.task(key);
    const TaskAttempt attempt{key, record.attempt};
    if (std::holds_alternative<Tick>(*command_)) {
        if (now_ < record.until) {
            const bool stuck =
                record.accepted && now_ - record.accepted_at >= policy_.publishing_limit;
            require(stuck, "a lease was ended before its time");
            return Cause::unpublished;
        }
        require(listened_ - record.spoken_for >=
                    policy_.lease_renewed_below - 2 * policy_.clock_step_tolerated,
                "a lease was lost though its worker spoke all the time");
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
    if (const auto* manage = std::get_if<ManageWorker>(command_)) {
        require(manage->worker == record.worker && manage->mode == WorkerMode::offline,
                "a lease was ended because another worker was managed, or only drained");
        require(!record.accepted, "a finished result was taken from a worker that went offline");
        return Cause::stopped;
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

// `surely`: also by what the scheduler may know only coarsely.
bool Oracle::larger_worker_known(const TaskRecord& record, bool surely) const {
    const std::uint64_t had = book_.workers.at(record.worker).memory_bytes;
    return std::any_of(book_.workers.begin(), book_.workers.end(), [&](const auto& entry) {
        const WorkerRecord& other = entry.second;
        const bool live = surely ? book_.surely_live(policy_, other, now_)
                                 : !book_.surely_gone(policy_, other, now_);
        return other.memory_bytes > had && live && !book_.unfit(other, record.spec);
    });
}

bool Oracle::another_could_take(const TaskRecord& record, bool surely) const {
    return std::any_of(book_.workers.begin(), book_.workers.end(), [&](const auto& entry) {
        const auto& [id, other] = entry;
        const bool live = surely ? book_.surely_live(policy_, other, now_)
                                 : !book_.surely_gone(policy_, other, now_);
        return id != record.worker && live && !book_.aside(other, now_) &&
               other.mode == WorkerMode::online && !record.failed_on.contains(id) &&
               !book_.unfit(other, record.spec) && book_.large_enough(record, other.memory_bytes);
    });
}

bool Oracle::stuck_at_limit(const TaskRecord& record) const {
    const bool waited_before =
        record.unavailable_since && now_ - *record.unavailable_since >= policy_.unavailable_limit;
    const bool waits = now_ - record.accepted_at >= policy_.unavailable_limit;
    return waited_before || (waits && !another_could_take(record, true));
}

bool Oracle::backs_off(const FarmPolicy& policy, const TaskRecord& record, Cause cause) {
    if (cause == Cause::lost) return record.losses > policy.losses_at_once;
    if (cause == Cause::killed) return record.killed > policy.losses_at_once;
    return cause == Cause::unavailable || cause == Cause::unpublished;
}

bool Oracle::at_limit(const TaskRecord& record, Cause cause) const {
    switch (cause) {
        case Cause::unpublished:
            return stuck_at_limit(record);
        case Cause::lost:
            return record.losses + 1 >= policy_.losses_max;
        case Cause::crashed:
            return record.crashes + 1 >= policy_.attempts_max;
        case Cause::killed:
            return record.killed + 1 >= policy_.killed_max;
        case Cause::stopped:
            return record.stopped + 1 >= policy_.stopped_max;
        case Cause::unavailable:
        case Cause::unfit:
            return record.unavailable_since &&
                   now_ - *record.unavailable_since >= policy_.unavailable_limit;
        case Cause::out_of_memory:
            return record.ooms + 1 >= policy_.oom_max ||
                   (record.lean && !larger_worker_known(record, true));
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
    const bool host_may_be_bad =
        cause == Cause::crashed || cause == Cause::unavailable || cause == Cause::unpublished;
    if (host_may_be_bad || (failed && lost_to_farm(cause))) {
        // What two workers fail alike is the fault of the job.
        Distrust& distrust = book_.jobs.at(key.job).distrust[record.spec.model];
        distrust.by.insert(record.worker);
        if (distrust.by.size() == 1) worker.failures_in_a_row.insert(key);
    }
    const bool bad_place = host_may_be_bad || cause == Cause::out_of_memory ||
                           cause == Cause::unfit || cause == Cause::hopeless;
    if (bad_place || failed) record.failed_on.insert(record.worker);
    if (cause == Cause::lost) ++record.losses;
    if (cause == Cause::crashed) ++record.crashes;
    if (cause == Cause::input_lost) ++record.input_losses;
    if (cause == Cause::killed) ++record.killed;
    if (cause == Cause::stopped) ++record.stopped;
    const bool waits =
        cause == Cause::unavailable || cause == Cause::unfit || cause == Cause::unpublished;
    if (!waits) record.unavailable_since.reset();
    if (waits && !record.unavailable_since) record.unavailable_since = now_;
    if (cause == Cause::out_of_memory) {
        ++record.ooms;
        std::uint64_t& had = record.lean ? record.oom_lean_bytes : record.oom_bytes;
        had = std::max(had, worker.memory_bytes);
    }
}

void Oracle::note_wait(TaskRecord& record, const TaskReturned& e, Cause cause) {
    record.due = e.not_before;
    record.earliest = record.latest = Millis(0);
    const bool unfit = cause == Cause::unfit;
    if (unfit || cause == Cause::unavailable || cause == Cause::unpublished) {
        Distrust& distrust = book_.jobs.at(e.task.job).distrust[record.spec.model];
        ++distrust.returned;
        distrust.by.insert(record.worker);
        const bool new_round = e.not_before > Millis(0) && now_ >= distrust.wait_until;
        if (new_round) distrust.wait_until = e.not_before;
    }
    if (unfit ? e.not_before == Millis(0) : !backs_off(policy_, record, cause)) {
        require(e.not_before == Millis(0), "waits for no reason");
        return;
    }
    record.earliest = now_ + policy_.unavailable_wait_min;
    record.latest = now_ + policy_.unavailable_wait_max;
    require(e.not_before >= record.earliest && e.not_before <= record.latest,
            "backs off for no agreed time");
}

// What stands after others has been in vain as soon as one of them goes on, and has to come again
// when the last of them has ended.
void Oracle::note_afters() {
    for (auto& [id, job] : book_.jobs) {
        for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
            TaskRecord& record = job.tasks[i];
            if (record.spec.after.empty()) continue;
            const bool open = !book_.afters_ended({id, i});
            if (record.were_open && !open) {
                record.runs_since_settled = 0;
                record.ready = now_;
            }
            const bool goes_on = open && !record.were_open;
            record.were_open = open;
            if (!goes_on || record.status == Status::waiting) continue;
            TaskRecord anew;
            anew.spec = record.spec;
            anew.ready = record.ready;
            anew.fresh = record.fresh;
            record = anew;
        }
    }
}

}  // namespace nightreel::sim
