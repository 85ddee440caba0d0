#pragma once
// The oracle's own record of the farm, written from commands and facts alone and kept as simply as
// possible: no index, no cleverness. It never looks at the product's state. One thread.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/farm/commands.h"
#include "scheduler/farm/policy.h"

namespace nightreel::sim {

enum class Status { waiting, held, done, failed, cancelled };

struct TaskRecord {
    TaskSpec spec;
    Status status = Status::waiting;
    // While held.
    AttemptId attempt;
    WorkerId worker;
    Millis until{0};
    bool accepted = false;
    Millis accepted_at{0};
    bool lean = false;
    Millis spoken_for{0};  // when its holder last spoke of it, in time that somebody listened
    bool has_reason = false;
    // What became of earlier attempts.
    int crashes = 0;
    int losses = 0;
    int ooms = 0;
    int input_losses = 0;
    int killed = 0;
    int stopped = 0;
    std::optional<Millis> unavailable_since;
    Millis ready{0};     // since when its needs are done
    Millis earliest{0};  // it must not be leased before,
    Millis latest{0};    // and nothing holds it back after;
    Millis due{0};       // the very time
    std::uint64_t oom_bytes = 0;
    std::uint64_t oom_lean_bytes = 0;
    std::set<WorkerId> failed_on;
    bool fresh = false;
    AttemptId done_by;
    WorkerId done_on;
    // Of a task that stands after others.
    int runs_since_settled = 0;  // times it was done since all of them had ended, the last time
    bool were_open = true;       // some of them had not
};

// Of the tasks of one job with one model, since one of them was accepted.
struct Distrust {
    std::set<WorkerId> by;
    int returned = 0;
    Millis wait_until{0};
};

struct JobRecord {
    std::string submission;
    int priority = 0;
    bool paused = false;
    bool finished = false;
    Millis begun{0};
    std::vector<TaskRecord> tasks;
    std::map<std::string, Distrust> distrust;
};

struct WorkerRecord {
    SessionId session;
    std::uint64_t memory_bytes = 0;
    Millis heard{0};
    Millis spoke{0};  // its session, in time that somebody listened
    std::optional<Millis> aside_until;
    std::set<TaskKey> failures_in_a_row;
    std::set<Digest> unfit;  // for what needs these models; the empty one: for anything
    std::optional<WorkerOffer> offer;
    Millis offered{0};                      // when it began to say so
    std::map<Digest, Millis> proved_unfit;  // first, and not fit since
    WorkerMode mode = WorkerMode::online;
};

struct Book {
    std::map<JobId, JobRecord> jobs;
    std::map<JobId, JobRecord> arriving;
    std::map<std::string, std::map<Digest, int>> versions;  // by place, then by specification
    std::map<WorkerId, WorkerRecord> workers;
    AttemptId last_attempt;
    Millis latest{0};

    TaskRecord& task(TaskKey key) { return jobs.at(key.job).tasks.at(key.index); }

    const TaskRecord& task(TaskKey key) const { return jobs.at(key.job).tasks.at(key.index); }

    bool holds(const WorkerId& worker, const TaskAttempt& attempt) const {
        const TaskRecord& record = task(attempt.task);
        return record.status == Status::held && record.attempt == attempt.attempt &&
               record.worker == worker;
    }

    bool needs_done(TaskKey key) const {
        for (const TaskIndex need : task(key).spec.needs) {
            if (task({key.job, need}).status != Status::done) return false;
        }
        return true;
    }

    // Nothing but somebody's wish lets it go on: done, failed, cancelled, or blocked by one that
    // is.
    bool has_ended(TaskKey key) const {
        const TaskRecord& record = task(key);
        if (record.status == Status::held) return false;
        if (record.status != Status::waiting) return true;
        for (const TaskIndex need : record.spec.needs) {
            const bool done = task({key.job, need}).status == Status::done;
            if (!done && has_ended({key.job, need})) return true;
        }
        return false;
    }

    bool afters_ended(TaskKey key) const {
        for (const TaskIndex before : task(key).spec.after) {
            if (!has_ended({key.job, before})) return false;
        }
        return true;
    }

    // Nothing that it waits for is missing.
    bool may_begin(TaskKey key) const { return needs_done(key) && afters_ended(key); }

    template <class Visit>
    void each_task(Visit&& visit) const {
        for (const auto& [id, job] : jobs) {
            for (TaskIndex i = 0; i < job.tasks.size(); ++i) visit(TaskKey{id, i}, job.tasks[i]);
        }
    }

    bool digest_held(const Digest& digest) const {
        bool held = false;
        each_task([&](TaskKey, const TaskRecord& record) {
            held = held || (record.status == Status::held && record.spec.digest == digest);
        });
        return held;
    }

    bool large_enough(const TaskRecord& record, std::uint64_t bytes) const {
        return bytes >= record.spec.memory_bytes &&
               (record.oom_lean_bytes == 0 || bytes > record.oom_lean_bytes);
    }

    bool aside(const WorkerRecord& worker, Millis now) const {
        return worker.aside_until && now < *worker.aside_until;
    }

    // By what it says and what was found: it has the model and the class, and nothing is wrong.
    bool unfit(const WorkerRecord& worker, const TaskSpec& spec) const {
        if (worker.unfit.contains(Digest{}) || worker.unfit.contains(spec.model_digest))
            return true;
        if (!worker.offer) return false;
        if (!worker.offer->fault.empty()) return true;
        if (!spec.device_class.empty() && spec.device_class != worker.offer->device_class) {
            return true;
        }
        if (spec.model_digest.empty()) return false;
        for (const OfferedModel& model : worker.offer->models) {
            if (model.digest == spec.model_digest && model.fault.empty()) return false;
        }
        return true;
    }

    // Heard so lately that no coarseness in the scheduler's own record can hide it, nor a step of
    // the clock that it may ignore.
    bool surely_live(const FarmPolicy& policy, const WorkerRecord& worker, Millis now) const {
        return now - worker.heard <
               policy.worker_silent - policy.worker_seen_every - 2 * policy.clock_step_tolerated;
    }

    // So long unheard that the scheduler takes it for gone.
    bool surely_gone(const FarmPolicy& policy, const WorkerRecord& worker, Millis now) const {
        return now - worker.heard >= policy.worker_silent + 2 * policy.clock_step_tolerated;
    }

    // All tasks like it were returned lately, by this worker among others.
    bool must_wait(const FarmPolicy& policy,
                   TaskKey key,
                   const WorkerId& worker,
                   Millis now) const {
        const JobRecord& job = jobs.at(key.job);
        const auto found = job.distrust.find(job.tasks.at(key.index).spec.model);
        return found != job.distrust.end() && found->second.returned >= policy.refusals_max &&
               now < found->second.wait_until && found->second.by.contains(worker);
    }

    // Nothing stands between this task and this worker.
    bool plainly_eligible(const FarmPolicy& policy,
                          TaskKey key,
                          const AskForWork& ask,
                          Millis now) const {
        const TaskRecord& record = task(key);
        return record.status == Status::waiting && may_begin(key) && !jobs.at(key.job).paused &&
               !must_wait(policy, key, ask.worker, now) && now >= record.latest &&
               !digest_held(record.spec.digest) && !unfit(workers.at(ask.worker), record.spec) &&
               large_enough(record, workers.at(ask.worker).memory_bytes) &&
               !record.failed_on.contains(ask.worker);
    }
};

}  // namespace nightreel::sim
