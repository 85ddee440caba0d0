#pragma once
// Wishes from outside, and what the sender is told. Values; a wish may come twice, late or never.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/farm/task.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// From people. -----------------------------------------------------------------------------------

// The same `submission` submitted again is the same job.
struct SubmitJob {
    std::string submission;
    std::string name;
    std::string submitter;
    int priority = 0;
    std::vector<TaskSpec> tasks;
};

// A part of a job: `path` names a shot, a take or a task ("sh0010.take01"); empty means all of it.
struct Selection {
    JobId job;
    std::string path;
};

struct CancelTasks {
    Selection selection;
};

// failed: what failed or was cancelled. everything: also what is done, and all that was made from
// it; those results are made afresh, whatever the store holds.
enum class RetryScope { failed, everything };

struct RetryTasks {
    Selection selection;
    RetryScope scope = RetryScope::failed;
};

struct PauseJob {
    JobId job;
};

struct ResumeJob {
    JobId job;
};

struct SetPriority {
    JobId job;
    int priority = 0;
};

struct RestoreWorker {
    WorkerId worker;
};

// From workers. ----------------------------------------------------------------------------------

// The first message of a worker process: what it is, and everything it still has in hand.
struct Hello {
    WorkerId worker;
    SessionId session;
    std::string host;
    std::uint64_t memory_bytes = 0;
    std::vector<TaskAttempt> running;
    std::vector<TaskAttempt> finished;  // results that wait in its outbox
};

struct AskForWork {
    WorkerId worker;
    SessionId session;
    std::uint64_t free_memory_bytes = 0;
    std::vector<TaskAttempt> holding;  // a lease that it was given but does not list is given again
    std::vector<std::string> loaded_models;
    std::vector<Digest> cached;
};

struct KeepAlive {
    WorkerId worker;
    std::vector<TaskAttempt> attempts;
};

// The result is finished but private; the answer says whether it may be published.
struct ReportDone {
    WorkerId worker;
    TaskAttempt attempt;
    std::string facts;    // JSON for the record: seconds, memory, metrics
    bool cached = false;  // the digest was in the store already
};

struct ReportPublished {
    WorkerId worker;
    TaskAttempt attempt;
};

struct ReportFailure {
    WorkerId worker;
    TaskAttempt attempt;
    ErrorKind kind = ErrorKind::internal;
    std::string text;
    std::vector<Digest> lost_inputs;  // for corrupt and unavailable: inputs missing or damaged
};

// From the scheduler itself. ---------------------------------------------------------------------

struct SchedulerStarted {};

struct Tick {};

using Command = std::variant<SubmitJob,
                             CancelTasks,
                             RetryTasks,
                             PauseJob,
                             ResumeJob,
                             SetPriority,
                             RestoreWorker,
                             Hello,
                             AskForWork,
                             KeepAlive,
                             ReportDone,
                             ReportPublished,
                             ReportFailure,
                             SchedulerStarted,
                             Tick>;

// Answers. ---------------------------------------------------------------------------------------

struct Nothing {};

struct JobAccepted {
    JobId job;
    bool already_known = false;
};

// A wish of a person was carried out on so many tasks.
struct Changed {
    std::size_t tasks = 0;
};

struct Refused {
    ErrorKind kind = ErrorKind::bad_input;
    std::string text;
};

struct LeaseGranted {
    TaskAttempt attempt;
    Millis lease{0};     // from now: clocks of two machines are never compared
    bool lean = false;   // with the plan that needs least memory
    bool fresh = false;  // even when the store has the result
};

struct NoWork {
    Millis ask_again{0};
};

// The scheduler does not know this session: say Hello first.
struct HelloFirst {};

// keep: go on. publish: the result is accepted, publish it and report that. settled: recorded,
// forget it. drop: not wanted (any more): stop it, delete what it made, forget it.
enum class Verdict { keep, publish, settled, drop };

struct AttemptVerdict {
    TaskAttempt attempt;
    Verdict verdict = Verdict::drop;
};

struct Verdicts {
    std::vector<AttemptVerdict> attempts;
};

using Answer = std::
    variant<Nothing, JobAccepted, Changed, Refused, LeaseGranted, NoWork, HelloFirst, Verdicts>;

}  // namespace nightreel
