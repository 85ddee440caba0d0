#pragma once
// Facts. The journal stores them by name and version and replays them for ever: a field may be
// added with a default, never taken away or given another meaning; for that, a new version is a new
// event.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/farm/job_events.h"
#include "scheduler/farm/task.h"
#include "scheduler/farm/worker_events.h"
#include "shotspec/base/clock.h"
#include "shotspec/review/review_record.h"

namespace nightreel {

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
    std::string trouble;  // why an accepted result is not published yet, if its worker said so
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

// It waits, and for too long there was no worker that could take it.
struct TaskGivenUp {
    static constexpr std::string_view name = "task_given_up/1";
    Millis at{0};
    TaskKey task;
    ErrorKind kind = ErrorKind::unavailable;
    std::string why;
    friend bool operator==(const TaskGivenUp&, const TaskGivenUp&) = default;
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

// What was not available is there again: tasks that wait for a later try may be tried at once.
struct WaitsEnded {
    static constexpr std::string_view name = "waits_ended/1";
    Millis at{0};
    std::string why;
    friend bool operator==(const WaitsEnded&, const WaitsEnded&) = default;
};

// The wall clock was stepped, forward or back, while the steady one went on: every stored time
// moves with it, so that nothing ends early or late because of it.
struct ClockStepped {
    static constexpr std::string_view name = "clock_stepped/1";
    Millis at{0};  // by the clock as it is now
    Millis by{0};  // negative: back
    friend bool operator==(const ClockStepped&, const ClockStepped&) = default;
};

// The same for a step back alone, as releases before ClockStepped noticed it.
struct ClockSetBack {
    static constexpr std::string_view name = "clock_set_back/1";
    Millis at{0};
    Millis by{0};
    friend bool operator==(const ClockSetBack&, const ClockSetBack&) = default;
};

// What people said about published takes, by whichever way it came here: it is about takes and not
// about jobs, and stays when a job is forgotten.
struct TakesReviewed {
    static constexpr std::string_view name = "takes_reviewed/1";
    Millis at{0};
    std::string by;  // whose key brought it; the records name who said it
    std::vector<ReviewRecord> records;
    friend bool operator==(const TakesReviewed&, const TakesReviewed&) = default;
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
                           ClockSetBack,
                           JobAnnounced,
                           TasksAdded,
                           JobArrived,
                           JobDropped,
                           VersionsGiven,
                           WorkerOffered,
                           WorkerUnfit,
                           WorkerManaged,
                           WaitsEnded,
                           ClockStepped,
                           TaskGivenUp,
                           TakesReviewed>;

std::string_view name_of(const Event& event);
Millis time_of(const Event& event);

}  // namespace nightreel
