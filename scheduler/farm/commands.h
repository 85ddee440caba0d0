#pragma once
// Wishes from outside, and what the sender is told. Values; a wish may come twice, late or never.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scheduler/farm/task.h"
#include "scheduler/farm/version_book.h"
#include "scheduler/farm/worker_offer.h"
#include "shotspec/base/clock.h"
#include "shotspec/review/review_record.h"

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

// The next pieces of a job that is too large for one message: announced, then its tasks in order,
// then the last one. What was announced and never arrives whole is dropped.
struct AnnounceJob {
    std::string submission;
    std::string name;
    std::string submitter;
    int priority = 0;
    std::uint32_t tasks = 0;
};

struct AddTasks {
    JobId job;
    std::vector<TaskSpec> tasks;
};

struct CompleteJob {
    JobId job;
};

struct DropJob {
    JobId job;
};

// Before a night is planned: the version of each of its shots.
struct GiveVersions {
    std::string by;
    std::vector<VersionWish> wishes;
};

// A part of a job: `path` names a shot, a take or a task ("sh0010.take01"); empty means all of it.
struct Selection {
    JobId job;
    std::string path;
};

// True when `name` is `path`, or a part of it: "sh.take01" holds "sh.take01.sample02".
bool lies_below(std::string_view name, std::string_view path);

// `by` is who asks, for the record.
struct CancelTasks {
    Selection selection;
    std::string by;
};

// failed: what failed or was cancelled. everything: also what is done, and all that was made from
// it; those results are made afresh, whatever the store holds.
enum class RetryScope { failed, everything };

struct RetryTasks {
    Selection selection;
    RetryScope scope = RetryScope::failed;
    std::string by;
};

struct PauseJob {
    JobId job;
    std::string by;
};

struct ResumeJob {
    JobId job;
    std::string by;
};

struct SetPriority {
    JobId job;
    int priority = 0;
    std::string by;
};

// Forgets a job that has ended, with its orders and logs.
struct DeleteJob {
    JobId job;
    std::string by;
};

// online also takes a worker back that was set aside.
// Records without problems (shotspec/review/review_record.h).
struct AddReviews {
    std::string by;
    std::vector<ReviewRecord> records;
};

struct ManageWorker {
    WorkerId worker;
    WorkerMode mode = WorkerMode::online;
    std::string by;
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
    // How long ago the session that the farm knows under this name was heard last; none: it said
    // goodbye, or was not heard since the scheduler started.
    std::optional<Millis> predecessor_heard;
};

// A worker asks only when it has nothing in hand: a lease that it was given before is given again.
struct AskForWork {
    WorkerId worker;
    SessionId session;
    std::vector<std::string> loaded_models;
};

struct Offer {
    WorkerId worker;
    SessionId session;
    WorkerOffer offer;
};

// `reasons`: why results that may be published are not published yet, as far as it knows.
struct KeepAlive {
    WorkerId worker;
    SessionId session;
    std::vector<TaskAttempt> attempts;
    std::map<TaskAttempt, std::string> reasons = {};
};

// The result is finished but private; the answer says whether it may be published.
struct ReportDone {
    WorkerId worker;
    SessionId session;
    TaskAttempt attempt;
    std::string facts;    // JSON for the record: seconds, memory, metrics
    bool cached = false;  // the digest was in the store already
};

struct ReportPublished {
    WorkerId worker;
    SessionId session;
    TaskAttempt attempt;
};

// Whose fault an ending was: task: nothing says otherwise. killed: the render process was ended
// from outside. stopped: the worker is being stopped.
enum class FailureCause { task, killed, stopped };

struct ReportFailure {
    WorkerId worker;
    SessionId session;
    TaskAttempt attempt;
    ErrorKind kind = ErrorKind::internal;
    std::string text;
    FailureCause cause = FailureCause::task;
    std::vector<Digest> lost_inputs;  // for corrupt and unavailable: inputs missing or damaged
};

// From the scheduler itself. ---------------------------------------------------------------------

struct SchedulerStarted {};

// The wall clock went another way than the steady one, by so much (negative: back).
struct StepClock {
    Millis by{0};
};

// The scheduler itself did not listen for so long.
struct Resumed {
    Millis away{0};
};

struct Tick {};

using Command = std::variant<SubmitJob,
                             AnnounceJob,
                             AddTasks,
                             CompleteJob,
                             DropJob,
                             GiveVersions,
                             CancelTasks,
                             RetryTasks,
                             PauseJob,
                             ResumeJob,
                             SetPriority,
                             DeleteJob,
                             ManageWorker,
                             AddReviews,
                             Hello,
                             Offer,
                             AskForWork,
                             KeepAlive,
                             ReportDone,
                             ReportPublished,
                             ReportFailure,
                             SchedulerStarted,
                             StepClock,
                             Resumed,
                             Tick>;

// Answers. ---------------------------------------------------------------------------------------

struct Nothing {};

struct JobAccepted {
    JobId job;
    bool already_known = false;
};

struct VersionsAnswer {
    std::vector<GivenVersion> versions;  // in the order of the wishes
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
    std::uint32_t number = 0;  // of this attempt among those of its task, from 1
    bool lean = false;         // with the plan that needs least memory
    bool fresh = false;        // even when the store has the result
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

using Answer = std::variant<Nothing,
                            JobAccepted,
                            VersionsAnswer,
                            Changed,
                            Refused,
                            LeaseGranted,
                            NoWork,
                            HelloFirst,
                            Verdicts>;

}  // namespace nightreel
