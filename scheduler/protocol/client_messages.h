#pragma once
// What people's programs ask of the scheduler. Plain values, any thread. A reply carries the number
// of its request; asking twice is harmless for every request.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/protocol/client_replies.h"
#include "scheduler/protocol/submit_messages.h"
#include "shotspec/describe/fields.h"
#include "shotspec/review/review_record.h"

namespace nightreel::wire {

// A watcher that has not asked again for so long is told nothing more.
inline constexpr std::uint64_t watch_kept_ms = 60'000;

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

// The text of a job's night as it was submitted.
struct GetNight {
    static constexpr std::string_view name = "get_night";
    std::uint64_t job = 0;
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(GetNight& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("first", value.first, {.meaning = "Number of pieces to pass over."});
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

// What tasks have cost on the farm, for estimates.
struct GetRates {
    static constexpr std::string_view name = "get_rates";
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(GetRates& value, Visitor& field) {
    field("first", value.first, {.meaning = "Number of rows to pass over."});
}

// Verdicts and notes about published takes; what the farm has already is not added again.
struct AddReviews {
    static constexpr std::string_view name = "add_reviews";
    static constexpr std::size_t records_max = 100;
    std::vector<ReviewRecord> records;
};

template <class Visitor>
void describe(AddReviews& value, Visitor& field) {
    field("records", value.records, {.meaning = "Verdicts and notes.", .required = true});
}

// All verdicts and notes that the farm knows of.
struct GetReviews {
    static constexpr std::string_view name = "get_reviews";
    std::uint64_t first = 0;
};

template <class Visitor>
void describe(GetReviews& value, Visitor& field) {
    field("first", value.first, {.meaning = "Number of records to pass over."});
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
                                   CloseFarm,
                                   SubmitNight,
                                   GetNight,
                                   GetRates,
                                   AddReviews,
                                   GetReviews>;

}  // namespace nightreel::wire
