// What may become fact, and what the book says after it.

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/oracle.h"
#include "tests/sim/said.h"

namespace nightreel::sim {
namespace {

bool under(const std::string& path, const std::string& name) {
    return path.empty() || name == path || name.rfind(path + ".", 0) == 0;
}

}  // namespace

void Oracle::fact(const JobSubmitted& e) {
    const auto* submit = std::get_if<SubmitJob>(command_);
    require(submit != nullptr && submit->submission == e.submission, "a job nobody submitted");
    require(!book_.jobs.contains(e.job), "a job number used twice");
    for (const auto& [id, job] : book_.jobs) {
        require(job.submission != e.submission, "the same submission became two jobs");
    }
    require(e.tasks == submit->tasks, "a job with other tasks than submitted");
    JobRecord& job = book_.jobs[e.job];
    job.submission = e.submission;
    job.priority = e.priority;
    job.begun = now_;
    for (const TaskSpec& spec : submit->tasks) {
        TaskRecord& record = job.tasks.emplace_back();
        record.spec = spec;
        record.ready = now_;
    }
}

void Oracle::fact(const JobPaused& e) {
    require(std::holds_alternative<PauseJob>(*command_), "paused by nobody");
    book_.jobs.at(e.job).paused = true;
}

void Oracle::fact(const JobResumed& e) {
    require(std::holds_alternative<ResumeJob>(*command_), "resumed by nobody");
    JobRecord& job = book_.jobs.at(e.job);
    job.paused = false;
    job.begun = now_;
    job.distrust.clear();
    for (TaskRecord& record : job.tasks) {
        if (record.status == Status::waiting) record.unavailable_since.reset();
    }
}

void Oracle::fact(const JobPrioritised& e) {
    require(std::holds_alternative<SetPriority>(*command_), "prioritised by nobody");
    book_.jobs.at(e.job).priority = e.priority;
}

void Oracle::fact(const JobFinished& e) {
    JobRecord& job = book_.jobs.at(e.job);
    require(!job.finished, "a job finished twice");
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
    std::uint32_t cancelled = 0;
    std::uint32_t blocked = 0;
    for (TaskIndex i = 0; i < job.tasks.size(); ++i) {
        const Status status = job.tasks[i].status;
        require(status != Status::held, "a job finished while a task is held");
        const bool waits = status == Status::waiting;
        require(!waits || !book_.may_begin({e.job, i}), "a job finished with a task to do");
        done += status == Status::done ? 1U : 0U;
        failed += status == Status::failed ? 1U : 0U;
        cancelled += status == Status::cancelled ? 1U : 0U;
        blocked += waits ? 1U : 0U;
    }
    require(
        done == e.done && failed == e.failed && cancelled == e.cancelled && blocked == e.blocked,
        "a job finished with wrong counts");
    job.finished = true;
}

void Oracle::fact(const JobForgotten& e) {
    require(book_.jobs.at(e.job).finished, "an unfinished job was forgotten");
    book_.jobs.erase(e.job);
}

std::set<TaskIndex> Oracle::selected(const Selection& selection) const {
    std::set<TaskIndex> indices;
    const auto& tasks = book_.jobs.at(selection.job).tasks;
    for (TaskIndex i = 0; i < tasks.size(); ++i) {
        if (under(selection.path, tasks[i].spec.name)) indices.insert(i);
    }
    return indices;
}

void Oracle::fact(const TasksCancelled& e) {
    const auto* cancel = std::get_if<CancelTasks>(command_);
    require(cancel != nullptr && cancel->selection.job == e.job, "cancelled by nobody");
    std::set<TaskIndex> wanted = selected(cancel->selection);
    std::erase_if(wanted, [&](TaskIndex i) {
        const Status status = book_.task({e.job, i}).status;
        return status != Status::waiting && status != Status::held;
    });
    require(wanted == std::set<TaskIndex>(e.tasks.begin(), e.tasks.end()), "cancelled others");
    for (const TaskIndex i : wanted) book_.task({e.job, i}).status = Status::cancelled;
}

void Oracle::fact(const TasksRetried& e) {
    const auto* retry = std::get_if<RetryTasks>(command_);
    require(retry != nullptr && retry->selection.job == e.job, "retried by nobody");
    const bool everything = retry->scope == RetryScope::everything;
    std::set<TaskIndex> wanted;
    for (const TaskIndex i : selected(retry->selection)) {
        const TaskRecord& record = book_.task({e.job, i});
        const Status status = record.status;
        const bool waits_for_later =
            !everything && status == Status::waiting && record.earliest > Millis(0);
        const bool broken =
            status == Status::failed || status == Status::cancelled || waits_for_later;
        if (broken || (everything && status == Status::done)) wanted.insert(i);
    }
    // Needs have smaller numbers, so one pass finds all that followed.
    auto& tasks = book_.jobs.at(e.job).tasks;
    for (TaskIndex i = 0; everything && i < tasks.size(); ++i) {
        for (const TaskIndex need : tasks[i].spec.needs) {
            if (wanted.contains(need) && tasks[i].status != Status::waiting) wanted.insert(i);
        }
    }
    require(wanted == std::set<TaskIndex>(e.tasks.begin(), e.tasks.end()), "retried others");
    for (const TaskIndex i : wanted) {
        TaskRecord anew;
        anew.spec = tasks[i].spec;
        anew.ready = tasks[i].ready;
        anew.fresh = tasks[i].fresh || everything;
        tasks[i] = anew;
    }
    JobRecord& job = book_.jobs.at(e.job);
    job.finished = false;
    job.begun = now_;
    job.distrust.clear();
}

void Oracle::fact(const WorkerJoined& e) {
    require(std::holds_alternative<Hello>(*command_), "a worker joined without Hello");
    WorkerRecord& worker = book_.workers[e.worker];
    if (worker.session != e.session) worker.unfit.clear();
    worker.session = e.session;
    worker.memory_bytes = e.memory_bytes;
}

void Oracle::fact(const WorkerSeen&) {}

void Oracle::fact(const WorkerSetAside& e) {
    WorkerRecord& worker = book_.workers.at(e.worker);
    std::set<JobId> jobs;
    for (const TaskKey& task : worker.failures_in_a_row) jobs.insert(task.job);
    const std::size_t tasks = worker.failures_in_a_row.size();
    const bool deserved =
        (tasks >= policy_.failures_in_a_row_max && jobs.size() >= policy_.failed_jobs_min) ||
        tasks >= policy_.failed_tasks_max;
    require(deserved, "a worker was set aside without cause");
    require(e.until == now_ + policy_.set_aside, "set aside for another time than agreed");
    worker.aside_until = e.until;
}

void Oracle::fact(const WorkerRestored& e) {
    WorkerRecord& worker = book_.workers.at(e.worker);
    const auto* manage = std::get_if<ManageWorker>(command_);
    const bool asked = manage != nullptr && manage->worker == e.worker;
    require(worker.aside_until && (asked || now_ >= *worker.aside_until), "restored too early");
    worker.aside_until.reset();
    worker.failures_in_a_row.clear();
}

void Oracle::fact(const WorkerForgotten& e) {
    book_.each_task([&](TaskKey, const TaskRecord& record) {
        require(record.status != Status::held || record.worker != e.worker,
                "forgot a worker that holds a lease");
    });
    book_.workers.erase(e.worker);
}

void Oracle::fact(const TaskLeased& e) {
    const auto* ask = std::get_if<AskForWork>(command_);
    require(ask != nullptr && ask->worker == e.worker, "leased to one that did not ask");
    TaskRecord& record = book_.task(e.task);
    require(record.status == Status::waiting, "leased a task that does not wait");
    for (const TaskIndex need : record.spec.needs) {
        const TaskRecord& needed = book_.task({e.task.job, need});
        require(needed.status == Status::done, "leased before its needs are done");
        require(world_.ever_published.contains(needed.spec.digest),
                "leased before its needs are published");
    }
    require(book_.afters_ended(e.task), "leased before those that it stands after have ended");
    require(e.attempt > book_.last_attempt, "an attempt number was used twice");
    require(!book_.digest_held(record.spec.digest), "the same result is being made twice");
    require(e.until == now_ + policy_.lease, "a lease of another length than agreed");
    require(now_ >= record.earliest, "leased before the back-off is over");
    require(!book_.must_wait(policy_, e.task, e.worker, now_), "leased though all like it wait");
    if (record.unavailable_since && record.earliest > Millis(0)) {
        *record.unavailable_since += std::max(Millis(0), now_ - record.due);
    }
    require_lease_repeated(*ask);
    require_placed_well(e, *ask);
    book_.last_attempt = e.attempt;
    record.status = Status::held;
    record.attempt = e.attempt;
    record.worker = e.worker;
    record.until = e.until;
    record.accepted = false;
    record.has_reason = false;
    record.lean = e.lean;
    record.spoken_for = listened_;
}

void Oracle::require_placed_well(const TaskLeased& e, const AskForWork& ask) const {
    const TaskRecord& record = book_.task(e.task);
    const JobRecord& job = book_.jobs.at(e.task.job);
    const WorkerRecord& worker = book_.workers.at(e.worker);
    require(worker.session == ask.session, "leased to a session that never said Hello");
    require(!job.paused, "leased a task of a paused job");
    require(!book_.aside(worker, now_), "leased to a worker that is set aside");
    require(worker.mode == WorkerMode::online, "leased to a worker that is not online");
    require(!book_.unfit(worker, record.spec), "leased to a worker that cannot do it");
    require(book_.large_enough(record, worker.memory_bytes), "leased where memory ran out before");
    const bool too_small = record.oom_bytes > 0 && worker.memory_bytes <= record.oom_bytes;
    require(e.lean == too_small, "the lean plan is for where memory ran out, and only there");
    if (record.failed_on.contains(e.worker)) {
        TaskRecord held = record;
        held.worker = e.worker;
        require(!another_could_take(held, true),
                "back to a worker it failed on while another could take it");
    }
    for (const auto& [id, other] : book_.jobs) {
        const bool first =
            other.priority > job.priority || (other.priority == job.priority && id < e.task.job);
        for (TaskIndex i = 0; first && i < other.tasks.size(); ++i) {
            require(!book_.plainly_eligible(policy_, {id, i}, ask, now_),
                    "a job of lower rank went first");
        }
    }
}

void Oracle::fact(const LeaseRenewed& e) {
    TaskRecord& record = book_.task(e.task);
    require(record.status == Status::held && record.attempt == e.attempt, "renewed a past lease");
    const TaskAttempt attempt{e.task, e.attempt};
    const bool by_holder = speaks_for(*command_, record.worker, attempt);
    require(by_holder, "a lease was renewed by another than its holder");
    require(e.until == now_ + policy_.lease, "renewed for another time than agreed");
    const auto* alive = std::get_if<KeepAlive>(command_);
    if (!e.trouble.empty()) {
        require(record.accepted, "a reason for what is not being published");
        require(alive != nullptr && alive->reasons.at(attempt) == e.trouble, "an invented reason");
        record.has_reason = true;
    }
    record.until = e.until;
}

void Oracle::fact(const TaskAccepted& e) {
    const auto* done = std::get_if<ReportDone>(command_);
    require(done != nullptr && done->attempt == TaskAttempt{e.task, e.attempt},
            "accepted what nobody reported");
    require(was_current_ && !was_accepted_, "took a result from a stale attempt");
    TaskRecord& record = book_.task(e.task);
    const bool fresh = record.fresh || record.spec.kind == TaskKind::dailies;
    require(!(fresh && done->cached), "took a stored result for one to be made afresh");
    require(e.until == now_ + policy_.lease, "accepted for another time than agreed");
    record.accepted = true;
    record.accepted_at = now_;
    record.has_reason = false;
    record.until = e.until;
    record.spoken_for = listened_;
    WorkerRecord& worker = book_.workers.at(record.worker);
    worker.failures_in_a_row.clear();
    worker.proved_unfit.erase(Digest{});
    worker.proved_unfit.erase(record.spec.model_digest);
    book_.jobs.at(e.task.job).distrust.erase(record.spec.model);
}

void Oracle::fact(const TaskDone& e) {
    const auto* published = std::get_if<ReportPublished>(command_);
    require(published != nullptr && published->attempt == TaskAttempt{e.task, e.attempt},
            "done without a report");
    require(was_current_ && was_accepted_, "done by a stale or unaccepted attempt");
    TaskRecord& record = book_.task(e.task);
    require(world_.ever_published.contains(record.spec.digest), "done but never published");
    TaskRecord done;
    done.spec = record.spec;
    done.status = Status::done;
    done.done_by = e.attempt;
    done.done_on = record.worker;
    done.ready = record.ready;
    done.runs_since_settled = record.runs_since_settled + 1;
    done.were_open = record.were_open;
    record = done;
    auto& tasks = book_.jobs.at(e.task.job).tasks;
    for (TaskIndex i = 0; i < tasks.size(); ++i) {
        const auto& needs = tasks[i].spec.needs;
        const bool follows = std::find(needs.begin(), needs.end(), e.task.index) != needs.end();
        if (follows && book_.may_begin({e.task.job, i})) tasks[i].ready = now_;
    }
}

void Oracle::fact(const TaskReturned& e) {
    TaskRecord& record = book_.task(e.task);
    require(record.status == Status::held && record.attempt == e.attempt,
            "returned what is not held");
    const Cause cause = cause_of_ending(e.task);
    const bool too_late = cause == Cause::out_of_memory
                              ? record.lean && !larger_worker_known(record, false)
                              : at_limit(record, cause);
    require(!too_late, "tried again beyond the limit");
    require(cause != Cause::unpublished || another_could_take(record, false),
            "a result was taken from its worker though no other could make it");
    tally(record, e.task, cause, false);
    note_wait(record, e, cause);
    record.status = Status::waiting;
}

void Oracle::fact(const TaskFailed& e) {
    TaskRecord& record = book_.task(e.task);
    require(record.status == Status::held && record.attempt == e.attempt,
            "failed what is not held");
    const Cause cause = cause_of_ending(e.task);
    require(at_limit(record, cause), "failed before the limit");
    tally(record, e.task, cause, true);
    record.status = Status::failed;
}

void Oracle::fact(const ArtifactLost& e) {
    const auto* report = std::get_if<ReportFailure>(command_);
    require(report != nullptr && was_current_, "an artifact lost by a stale report");
    TaskRecord& record = book_.task(e.task);
    require(e.task.job == report->attempt.task.job, "lost in another job");
    const auto& lost = report->lost_inputs;
    require(std::find(lost.begin(), lost.end(), record.spec.digest) != lost.end(),
            "lost without being named");
    require(record.status == Status::done, "lost what was not done");
    record.status = Status::waiting;
}

void Oracle::fact(const LeasesExtended& e) {
    const bool away = std::holds_alternative<SchedulerStarted>(*command_) ||
                      std::holds_alternative<Resumed>(*command_);
    require(away, "leases grew by themselves");
    for (auto& [id, job] : book_.jobs) {
        for (TaskRecord& record : job.tasks) {
            record.until = std::max(record.until, e.until);
            record.accepted_at = now_;
        }
    }
}

void Oracle::fact(const ClockSetBack&) {
    require(false, "a fact that this release no longer makes");
}

void Oracle::fact(const ClockStepped& e) {
    const auto* step = std::get_if<StepClock>(command_);
    const bool started = std::holds_alternative<SchedulerStarted>(*command_);
    require(started ? e.by == now_ - book_.latest : step != nullptr && e.by == step->by,
            "the clock was not stepped so far");
    require(std::chrono::abs(e.by) > policy_.clock_step_tolerated, "a step too small to matter");
    // Zero means "at once", which no clock changes.
    const auto shifted = [&](Millis time) { return std::max(time + e.by, Millis(1)); };
    for (auto& [id, job] : book_.jobs) {
        job.begun = shifted(job.begun);
        for (auto& [model, distrust] : job.distrust) {
            if (distrust.wait_until > Millis(0)) distrust.wait_until = shifted(distrust.wait_until);
        }
        for (TaskRecord& record : job.tasks) {
            record.until = shifted(record.until);
            record.accepted_at = shifted(record.accepted_at);
            record.ready = shifted(record.ready);
            record.due = shifted(record.due);
            if (record.earliest > Millis(0)) record.earliest = shifted(record.earliest);
            if (record.latest > Millis(0)) record.latest = shifted(record.latest);
            if (record.unavailable_since) {
                record.unavailable_since = shifted(*record.unavailable_since);
            }
        }
    }
    for (auto& [id, worker] : book_.workers) {
        worker.heard += e.by;
        if (worker.offered > Millis(0)) worker.offered = shifted(worker.offered);
        for (auto& [model, since] : worker.proved_unfit) since = shifted(since);
        if (worker.aside_until) *worker.aside_until += e.by;
    }
    book_.latest = e.at;
}

void Oracle::fact(const JobAnnounced& e) {
    const auto* announce = std::get_if<AnnounceJob>(command_);
    require(announce != nullptr && announce->submission == e.submission, "announced by nobody");
    require(!book_.jobs.contains(e.job), "a job number used twice");
    JobRecord& job = book_.arriving[e.job];
    job.submission = e.submission;
    job.priority = e.priority;
}

void Oracle::fact(const TasksAdded& e) {
    const auto* add = std::get_if<AddTasks>(command_);
    require(add != nullptr && add->job == e.job && add->tasks == e.tasks, "tasks from nowhere");
    for (const TaskSpec& spec : e.tasks) book_.arriving.at(e.job).tasks.emplace_back().spec = spec;
}

void Oracle::fact(const JobArrived& e) {
    for (const auto& [id, job] : book_.jobs) {
        require(job.submission != book_.arriving.at(e.job).submission,
                "the same submission became two jobs");
    }
    book_.jobs[e.job] = book_.arriving.at(e.job);
    book_.arriving.erase(e.job);
}

void Oracle::fact(const JobDropped& e) {
    require(book_.arriving.erase(e.job) == 1, "dropped what was not arriving");
}

void Oracle::fact(const VersionsGiven& e) {
    require(std::holds_alternative<GiveVersions>(*command_), "versions for nobody");
    for (const GivenVersion& given : e.versions) {
        auto& place = book_.versions[given.place];
        const bool used = std::any_of(place.begin(), place.end(), [&](const auto& entry) {
            return entry.second == given.version && entry.first != given.spec;
        });
        require(!used, "two specifications have one version");
        require(!place.contains(given.spec), "a specification has two versions");
        place[given.spec] = given.version;
    }
}

void Oracle::fact(const WorkerOffered& e) {
    require(std::holds_alternative<Offer>(*command_), "an offer nobody made");
    WorkerRecord& worker = book_.workers.at(e.worker);
    if (worker.offer != e.offer) {
        worker.offered = now_;
        worker.proved_unfit.clear();
        for (auto& [id, job] : book_.jobs) {
            for (auto& [model, distrust] : job.distrust) distrust.by.erase(e.worker);
        }
    }
    worker.offer = e.offer;
    worker.unfit.clear();
}

void Oracle::fact(const WorkerUnfit& e) {
    const auto* report = std::get_if<ReportFailure>(command_);
    require(report != nullptr && was_current_ && report->kind == ErrorKind::unfit,
            "unfit without a report");
    WorkerRecord& worker = book_.workers.at(e.worker);
    worker.unfit.insert(e.model);
    worker.proved_unfit.emplace(e.model, now_);
}

void Oracle::fact(const WorkerManaged& e) {
    const auto* manage = std::get_if<ManageWorker>(command_);
    require(manage != nullptr && manage->worker == e.worker && manage->mode == e.mode,
            "managed by nobody");
    book_.workers.at(e.worker).mode = e.mode;
}

void Oracle::fact(const TaskGivenUp& e) {
    TaskRecord& record = book_.task(e.task);
    require(std::holds_alternative<Tick>(*command_), "given up between ticks");
    require(record.status == Status::waiting && book_.may_begin(e.task), "gave up what is not due");
    const auto since = nobody_since(e.task, false);
    require(since.has_value(), "given up though somebody could run it");
    require(now_ - *since >= policy_.unavailable_limit, "given up before the limit");
    record.status = Status::failed;
}

void Oracle::fact(const TakesReviewed& e) {
    const auto* added = std::get_if<AddReviews>(command_);
    require(added != nullptr && !e.records.empty() && e.by == added->by, "reviewed by nobody");
}

void Oracle::fact(const WaitsEnded&) {
    require(std::holds_alternative<Offer>(*command_), "waits ended by themselves");
    for (auto& [id, job] : book_.jobs) {
        for (auto& [model, distrust] : job.distrust) distrust.wait_until = Millis(0);
        for (TaskRecord& record : job.tasks) {
            if (record.status != Status::waiting) continue;
            record.earliest = record.latest = record.due = Millis(0);
        }
    }
}

}  // namespace nightreel::sim
