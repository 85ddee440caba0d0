#pragma once
// The state of the farm: what the facts so far amount to. A value without clock, socket, database
// or thread; owned by the event loop, changed by evolve alone.
//   decide: what should become fact, given a command?   (policy: free to change between releases)
//   evolve: what does a fact do to the state?            (total and stable: it is replayed at
//   start)
// Times are wall time in milliseconds, handed in.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/farm/commands.h"
#include "scheduler/farm/events.h"
#include "scheduler/farm/policy.h"
#include "scheduler/farm/task.h"
#include "scheduler/farm/version_book.h"
#include "scheduler/farm/worker_offer.h"
#include "shotspec/review/review_book.h"

namespace nightreel {

// waiting: for its needs, a worker, or a time. publishing: accepted, its worker is publishing it.
enum class TaskState { waiting, leased, publishing, done, failed, cancelled };
constexpr std::size_t task_state_count = 6;

template <>
struct EnumWords<TaskState> {
    static constexpr auto words = std::to_array<std::pair<TaskState, std::string_view>>({
        {TaskState::waiting, "waiting"},
        {TaskState::leased, "running"},
        {TaskState::publishing, "publishing"},
        {TaskState::done, "done"},
        {TaskState::failed, "failed"},
        {TaskState::cancelled, "cancelled"},
    });
};

struct Lease {
    AttemptId attempt;
    WorkerId worker;
    Millis since{0};
    Millis until{0};
    bool lean = false;
    std::optional<Millis> accepted_at;  // since then it is being published

    friend bool operator==(const Lease&, const Lease&) = default;
};

// How often a task went wrong, by reason. Reset when somebody retries it.
struct Troubles {
    int attempts = 0;
    int losses = 0;
    int ooms = 0;
    int input_losses = 0;
    int unavailable = 0;
    int killed = 0;   // its process was ended from outside,
    int stopped = 0;  // or its worker was stopped in good order
    std::optional<Millis> unavailable_since;
    std::uint64_t oom_memory_bytes = 0;       // the largest worker it was too large for
    std::uint64_t oom_lean_memory_bytes = 0;  // the same with the plan that needs least
    std::vector<WorkerId> failed_on;

    friend bool operator==(const Troubles&, const Troubles&) = default;
};

struct Task {
    TaskSpec spec;
    TaskState state = TaskState::waiting;
    // Kept by evolve; rebuild_indices of indices.h says what they must be.
    std::vector<TaskIndex> dependants;
    std::vector<TaskIndex> followers;  // that stand `after` it
    std::uint32_t needs_missing = 0;   // how many needs are not done,
    std::uint32_t needs_dead = 0;      // and will not be unless somebody retries them
    std::uint32_t after_open = 0;      // how many of spec.after may still come to an end

    Millis ready_at{0};          // since when nothing is missing
    std::optional<Lease> lease;  // while leased or publishing
    AttemptId last_attempt;
    std::uint32_t attempts = 0;  // how often it was leased: the second attempt of a task is 2
    WorkerId last_worker;
    Millis not_before{0};
    Troubles troubles;
    bool fresh = false;   // the store's copy must not be used
    bool cached = false;  // it was done without work
    Millis ended_at{0};
    ErrorKind error_kind = ErrorKind::internal;
    std::string error;  // why it failed, was last returned, or is not published yet
    std::string facts;  // JSON of the accepted result

    friend bool operator==(const Task&, const Task&) = default;
};

// Ready tasks that ask the same of a worker stand in one line.
struct ReadyLine {
    std::string model;
    std::uint64_t memory_bytes = 0;
    Digest model_digest;
    std::string device_class;

    friend auto operator<=>(const ReadyLine&, const ReadyLine&) = default;
};

struct DueTask {
    Millis not_before{0};
    TaskIndex index = 0;

    friend auto operator<=>(const DueTask&, const DueTask&) = default;
};

// The tasks of a job that use one model, as their workers see them since the last success: what
// several workers fail alike is the job's fault, and what is returned again and again can wait
// while other jobs go on.
struct Refusals {
    int in_a_row = 0;       // returned as unavailable or unfit
    int rounds = 0;         // how often all of them had to wait
    Millis not_before{0};   // for the workers that returned one
    TaskIndex last = 0;     // the task that was returned last
    std::set<WorkerId> by;  // who failed or returned one

    friend bool operator==(const Refusals&, const Refusals&) = default;
};

enum class JobState { queued, running, paused, done, failed, cancelled };

template <>
struct EnumWords<JobState> {
    static constexpr auto words = std::to_array<std::pair<JobState, std::string_view>>({
        {JobState::queued, "queued"},
        {JobState::running, "running"},
        {JobState::paused, "paused"},
        {JobState::done, "done"},
        {JobState::failed, "failed"},
        {JobState::cancelled, "cancelled"},
    });
};

struct Job {
    std::string submission;
    std::string title;
    std::string submitter;
    int priority = 0;
    bool paused = false;
    bool finished = false;
    Millis submitted_at{0};
    Millis finished_at{0};
    Millis begun_at{0};  // when it was submitted, or last resumed or retried
    std::vector<Task> tasks;
    std::map<std::string, Refusals> refusals;  // by model

    // Indices kept by evolve; rebuild_indices of indices.h says what they must be.
    std::array<std::uint32_t, task_state_count> counts{};
    std::map<ReadyLine, std::set<TaskIndex>> ready;  // needs done, may run at once
    std::map<ReadyLine, std::set<DueTask>> delayed;  // needs done, but not before a time
    std::vector<TaskIndex> after_others;             // that have a spec.after

    std::uint32_t count(TaskState state) const { return counts[static_cast<std::size_t>(state)]; }

    friend bool operator==(const Job&, const Job&) = default;
};

// A job that is still arriving.
struct AnnouncedJob {
    std::string submission;
    std::string title;
    std::string submitter;
    int priority = 0;
    std::uint32_t announced = 0;  // tasks
    std::vector<TaskSpec> tasks;  // that have arrived

    friend bool operator==(const AnnouncedJob&, const AnnouncedJob&) = default;
};

struct Worker {
    SessionId session;
    std::string host;
    std::uint64_t memory_bytes = 0;
    Millis last_seen{0};
    std::optional<Millis> set_aside_until;
    std::string set_aside_why;
    std::vector<TaskKey> failures_in_a_row;
    std::optional<WorkerOffer> offer;     // none: it has not said
    Millis offered_at{0};                 // when it began to say so
    std::map<Digest, std::string> unfit;  // for which model (empty: for all), and why
    // When it was first found so. Kept when it only says the same again and is tried again, until a
    // result of such a task is accepted.
    std::map<Digest, Millis> unfit_since;
    WorkerMode mode = WorkerMode::online;
    std::string mode_by;
    std::set<TaskAttempt> holds;

    friend bool operator==(const Worker&, const Worker&) = default;
};

// The order in which jobs are offered to workers: priority, then age.
struct JobRank {
    int priority = 0;
    JobId job;

    friend bool operator<(const JobRank& a, const JobRank& b) {
        return a.priority != b.priority ? a.priority > b.priority : a.job < b.job;
    }

    friend bool operator==(const JobRank&, const JobRank&) = default;
};

struct Farm {
    std::map<JobId, Job> jobs;
    std::map<WorkerId, Worker> workers;
    std::map<JobId, AnnouncedJob> announced;
    std::map<std::string, JobId> submissions;
    VersionBook versions;
    ReviewBook reviews;  // of all takes; no job owns them
    JobId last_job;
    AttemptId last_attempt;
    Millis latest{0};  // the latest time in any fact

    // Indices kept by evolve.
    std::set<JobRank> queue;  // jobs that are not paused and have a task ready or delayed
    std::set<JobId> ended;    // jobs that have nothing left to run but are not finished yet
    std::map<Digest, TaskKey> in_work;  // what is being made now, by whom

    friend bool operator==(const Farm&, const Farm&) = default;
};

struct Decision {
    std::vector<Event> events;
    Answer answer;
};

[[nodiscard]] Decision decide(const Farm& farm,
                              const FarmPolicy& policy,
                              const Command& command,
                              Millis now);

// A fact that does not fit the state is a damaged journal or a bug: throws Error{corrupt}.
void evolve(Farm& farm, const Event& event);

// The second half of advance: evolve with each event, then whatever follows from them (a job that
// has ended), which is added to the decision. After an Error the farm is neither before nor after.
void make_fact(Farm& farm, Decision& decision, Millis now);

// decide and make_fact. The answer must be told to nobody before the events are durable.
[[nodiscard]] Decision advance(Farm& farm,
                               const FarmPolicy& policy,
                               const Command& command,
                               Millis now);

// Made whenever it is run: a result of before says nothing about now.
inline bool is_never_reused(const TaskSpec& spec) {
    return spec.kind == TaskKind::dailies;
}

const Task* find_task(const Farm& farm, TaskKey key);
JobState state_of(const Job& job);

}  // namespace nightreel
