#pragma once
// Facts. The journal stores them by name and version and replays them for ever: a field may be
// added with a default, never taken away or given another meaning; for that, a new version is a new
// event.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/farm/task.h"
#include "shotspec/base/clock.h"

namespace nightreel {

struct JobSubmitted {
    static constexpr std::string_view name = "job_submitted/1";
    Millis at{0};
    JobId job;
    std::string submission;
    std::string title;
    std::string submitter;
    int priority = 0;
    std::vector<TaskSpec> tasks;
    friend bool operator==(const JobSubmitted&, const JobSubmitted&) = default;
};

struct JobPaused {
    static constexpr std::string_view name = "job_paused/1";
    Millis at{0};
    JobId job;
    friend bool operator==(const JobPaused&, const JobPaused&) = default;
};

struct JobResumed {
    static constexpr std::string_view name = "job_resumed/1";
    Millis at{0};
    JobId job;
    friend bool operator==(const JobResumed&, const JobResumed&) = default;
};

struct JobPrioritised {
    static constexpr std::string_view name = "job_prioritised/1";
    Millis at{0};
    JobId job;
    int priority = 0;
    friend bool operator==(const JobPrioritised&, const JobPrioritised&) = default;
};

// Nothing of the job runs or can run: every task is done, failed, cancelled or blocked by one that
// is.
struct JobFinished {
    static constexpr std::string_view name = "job_finished/1";
    Millis at{0};
    JobId job;
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
    std::uint32_t cancelled = 0;
    std::uint32_t blocked = 0;
    friend bool operator==(const JobFinished&, const JobFinished&) = default;
};

struct JobForgotten {
    static constexpr std::string_view name = "job_forgotten/1";
    Millis at{0};
    JobId job;
    friend bool operator==(const JobForgotten&, const JobForgotten&) = default;
};

struct TasksCancelled {
    static constexpr std::string_view name = "tasks_cancelled/1";
    Millis at{0};
    JobId job;
    std::vector<TaskIndex> tasks;
    friend bool operator==(const TasksCancelled&, const TasksCancelled&) = default;
};

struct TasksRetried {
    static constexpr std::string_view name = "tasks_retried/1";
    Millis at{0};
    JobId job;
    std::vector<TaskIndex> tasks;
    bool fresh = false;
    friend bool operator==(const TasksRetried&, const TasksRetried&) = default;
};

struct WorkerJoined {
    static constexpr std::string_view name = "worker_joined/1";
    Millis at{0};
    WorkerId worker;
    SessionId session;
    std::string host;
    std::uint64_t memory_bytes = 0;
    friend bool operator==(const WorkerJoined&, const WorkerJoined&) = default;
};

struct WorkerSeen {
    static constexpr std::string_view name = "worker_seen/1";
    Millis at{0};
    WorkerId worker;
    friend bool operator==(const WorkerSeen&, const WorkerSeen&) = default;
};

struct WorkerSetAside {
    static constexpr std::string_view name = "worker_set_aside/1";
    Millis at{0};
    WorkerId worker;
    Millis until{0};
    std::string why;
    friend bool operator==(const WorkerSetAside&, const WorkerSetAside&) = default;
};

struct WorkerRestored {
    static constexpr std::string_view name = "worker_restored/1";
    Millis at{0};
    WorkerId worker;
    friend bool operator==(const WorkerRestored&, const WorkerRestored&) = default;
};

struct WorkerForgotten {
    static constexpr std::string_view name = "worker_forgotten/1";
    Millis at{0};
    WorkerId worker;
    friend bool operator==(const WorkerForgotten&, const WorkerForgotten&) = default;
};

struct TaskLeased {
    static constexpr std::string_view name = "task_leased/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    WorkerId worker;
    Millis until{0};
    bool lean = false;
    friend bool operator==(const TaskLeased&, const TaskLeased&) = default;
};

struct LeaseRenewed {
    static constexpr std::string_view name = "lease_renewed/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    Millis until{0};
    friend bool operator==(const LeaseRenewed&, const LeaseRenewed&) = default;
};

// The result counts and its worker may publish it; the lease goes on until it says so.
struct TaskAccepted {
    static constexpr std::string_view name = "task_accepted/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    Millis until{0};
    std::string facts;
    bool cached = false;
    friend bool operator==(const TaskAccepted&, const TaskAccepted&) = default;
};

struct TaskDone {
    static constexpr std::string_view name = "task_done/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    friend bool operator==(const TaskDone&, const TaskDone&) = default;
};

struct TaskReturned {
    static constexpr std::string_view name = "task_returned/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    ReturnReason reason = ReturnReason::lost;
    std::string why;
    Millis not_before{0};
    std::uint64_t memory_bytes = 0;  // of the worker that ran out of it
    friend bool operator==(const TaskReturned&, const TaskReturned&) = default;
};

struct TaskFailed {
    static constexpr std::string_view name = "task_failed/1";
    Millis at{0};
    TaskKey task;
    AttemptId attempt;
    ErrorKind kind = ErrorKind::internal;
    std::string why;
    friend bool operator==(const TaskFailed&, const TaskFailed&) = default;
};

// The result of a task that was done is gone or damaged: it has to be made again.
struct ArtifactLost {
    static constexpr std::string_view name = "artifact_lost/1";
    Millis at{0};
    TaskKey task;
    TaskKey missed_by;
    friend bool operator==(const ArtifactLost&, const ArtifactLost&) = default;
};

// The scheduler was away: no worker is blamed for that time.
struct LeasesExtended {
    static constexpr std::string_view name = "leases_extended/1";
    Millis at{0};
    Millis until{0};
    friend bool operator==(const LeasesExtended&, const LeasesExtended&) = default;
};

// The wall clock was set back: every stored time moves with it.
struct ClockSetBack {
    static constexpr std::string_view name = "clock_set_back/1";
    Millis at{0};
    Millis by{0};
    friend bool operator==(const ClockSetBack&, const ClockSetBack&) = default;
};

using Event = std::variant<JobSubmitted,
                           JobPaused,
                           JobResumed,
                           JobPrioritised,
                           JobFinished,
                           JobForgotten,
                           TasksCancelled,
                           TasksRetried,
                           WorkerJoined,
                           WorkerSeen,
                           WorkerSetAside,
                           WorkerRestored,
                           WorkerForgotten,
                           TaskLeased,
                           LeaseRenewed,
                           TaskAccepted,
                           TaskDone,
                           TaskReturned,
                           TaskFailed,
                           ArtifactLost,
                           LeasesExtended,
                           ClockSetBack>;

std::string_view name_of(const Event& event);
Millis time_of(const Event& event);

}  // namespace nightreel
