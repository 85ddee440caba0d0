#pragma once
// What people's programs ask of the scheduler. Plain values, any thread. A reply carries the number
// of its request; asking twice is harmless for every request.

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/protocol/client_replies.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// Of the orders in one SubmitTasks: checking it takes the scheduler some 30 ms, in which it answers
// nobody else.
inline constexpr std::size_t submit_chunk_bytes_max = 256 * 1024;
inline constexpr std::size_t submit_chunk_tasks_max = 400;
// A watcher that has not asked again for so long is told nothing more.
inline constexpr std::uint64_t watch_kept_ms = 60'000;

// A shot that asks which version it is published as.
struct VersionWish {
    std::string place;
    Digest spec;
    std::uint32_t floor = 0;
    std::uint32_t published = 0;
};

template <class Visitor>
void describe(VersionWish& value, Visitor& field) {
    field("place",
          value.place,
          {.meaning = "Output folder and file prefix, without the version.", .required = true});
    field("spec",
          value.spec,
          {.meaning = "Digest of the resolved shot and its model.", .required = true});
    field("floor", value.floor, {.meaning = "Highest version on disk; 0 for none."});
    field("published",
          value.published,
          {.meaning = "Version on disk with this specification; 0 for none."});
}

// Before a night is planned: what a plan depends on beside the night.
struct PrepareSubmission {
    static constexpr std::string_view name = "prepare_submission";
    std::vector<VersionWish> shots;
};

template <class Visitor>
void describe(PrepareSubmission& value, Visitor& field) {
    field("shots", value.shots, {.meaning = "Shots, each with what decides its version."});
}

// A job arrives in pieces: begin, tasks in order, end. It exists when the end was answered.
struct SubmitBegin {
    static constexpr std::string_view name = "submit_begin";
    std::string submission;
    std::string title;
    std::int32_t priority = 0;
    std::uint64_t tasks = 0;
};

template <class Visitor>
void describe(SubmitBegin& value, Visitor& field) {
    field("submission",
          value.submission,
          {.meaning = "Submission key; submitting the same key again returns the same job."});
    field("title", value.title, {.meaning = "Title for users."});
    field("priority", value.priority, {.meaning = "Priority; higher runs first."});
    field("tasks", value.tasks, {.meaning = "Number of tasks that follow."});
}

struct SubmittedTask {
    std::string name;
    Digest digest;
    std::string order;
    std::vector<std::uint32_t> needs;
    double seconds = 0;
    std::uint64_t memory_bytes = 0;
};

template <class Visitor>
void describe(SubmittedTask& value, Visitor& field) {
    field("name",
          value.name,
          {.meaning = "Shot, take and task, separated by dots.", .required = true});
    field("digest", value.digest, {.meaning = "Digest of the task order.", .required = true});
    field("order", value.order, {.meaning = "Task order, as JSON.", .required = true});
    field("needs", value.needs, {.meaning = "Indices of earlier tasks whose results it reads."});
    field("seconds", value.seconds, {.meaning = "Estimated seconds."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Required memory in bytes."});
}

struct SubmitTasks {
    static constexpr std::string_view name = "submit_tasks";
    std::string submission;
    std::uint64_t first = 0;
    std::vector<SubmittedTask> tasks;
};

template <class Visitor>
void describe(SubmitTasks& value, Visitor& field) {
    field("submission", value.submission, {.meaning = "Submission key of submit_begin."});
    field("first", value.first, {.meaning = "Index of the first task in this message."});
    field("tasks", value.tasks, {.meaning = "Tasks."});
}

struct SubmitEnd {
    static constexpr std::string_view name = "submit_end";
    std::string submission;
};

template <class Visitor>
void describe(SubmitEnd& value, Visitor& field) {
    field("submission", value.submission, {.meaning = "Submission key of submit_begin."});
}

struct ListJobs {
    static constexpr std::string_view name = "list_jobs";
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(ListJobs& value, Visitor& field) {
    field("first", value.first, {.meaning = "Smallest job number to list."});
}

struct ListWorkers {
    static constexpr std::string_view name = "list_workers";
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(ListWorkers& value, Visitor& field) {
    field("first", value.first, {.meaning = "Number of workers to pass over."});
}

struct GetStatus {
    static constexpr std::string_view name = "get_status";
    std::uint64_t job = 0;
    std::string path;
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(GetStatus& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("path", value.path, {.meaning = "Shot, take or task; empty for all."});
    field("first", value.first, {.meaning = "Smallest task number to list."});
}

// News of a job until it ends: a JobNews at once and after each change.
struct Watch {
    static constexpr std::string_view name = "watch";
    std::uint64_t job = 0;
};

template <class Visitor>
void describe(Watch& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
}

// With `follow`, workers send what running attempts write from now on; it ends by itself soon after
// the last request.
struct GetLogs {
    static constexpr std::string_view name = "get_logs";
    std::uint64_t job = 0;
    std::string path;
    std::uint64_t first = 0;
    bool follow = false;
};

template <class Visitor>
void describe(GetLogs& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("path", value.path, {.meaning = "Shot, take or task; empty for all."});
    field("first", value.first, {.meaning = "Smallest task number to list."});
    field("follow", value.follow, {.meaning = "Whether to follow running attempts."});
}

struct Cancel {
    static constexpr std::string_view name = "cancel";
    std::uint64_t job = 0;
    std::string path;
};

template <class Visitor>
void describe(Cancel& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("path", value.path, {.meaning = "Shot, take or task; empty for all."});
}

struct Retry {
    static constexpr std::string_view name = "retry";
    std::uint64_t job = 0;
    std::string path;
    bool everything = false;
};

template <class Visitor>
void describe(Retry& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("path", value.path, {.meaning = "Shot, take or task; empty for all."});
    field("everything", value.everything, {.meaning = "Whether to render finished tasks again."});
}

struct Pause {
    static constexpr std::string_view name = "pause";
    std::uint64_t job = 0;
};

template <class Visitor>
void describe(Pause& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
}

struct Resume {
    static constexpr std::string_view name = "resume";
    std::uint64_t job = 0;
};

template <class Visitor>
void describe(Resume& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
}

struct SetPriority {
    static constexpr std::string_view name = "set_priority";
    std::uint64_t job = 0;
    std::int32_t priority = 0;
};

template <class Visitor>
void describe(SetPriority& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field(
        "priority", value.priority, {.meaning = "Priority; higher runs first.", .required = true});
}

// Forgets a job that has ended.
struct DeleteJob {
    static constexpr std::string_view name = "delete_job";
    std::uint64_t job = 0;
};

template <class Visitor>
void describe(DeleteJob& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
}

// mode: online, draining or offline.
struct ManageWorker {
    static constexpr std::string_view name = "manage_worker";
    std::string worker;
    std::string mode;
};

template <class Visitor>
void describe(ManageWorker& value, Visitor& field) {
    field("worker", value.worker, {.meaning = "Name of the worker.", .required = true});
    field("mode", value.mode, {.meaning = "online, draining or offline.", .required = true});
}

// Ends the scheduler and, where it was started with `run`, its workers.
struct CloseFarm {
    static constexpr std::string_view name = "close_farm";
};

template <class Visitor>
void describe(CloseFarm&, Visitor&) {}

using ClientRequest = std::variant<PrepareSubmission,
                                   SubmitBegin,
                                   SubmitTasks,
                                   SubmitEnd,
                                   ListJobs,
                                   ListWorkers,
                                   GetStatus,
                                   Watch,
                                   GetLogs,
                                   Cancel,
                                   Retry,
                                   Pause,
                                   Resume,
                                   SetPriority,
                                   DeleteJob,
                                   ManageWorker,
                                   CloseFarm>;

}  // namespace nightreel::wire
