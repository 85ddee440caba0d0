#pragma once
// The fields of every event, described once. Times are milliseconds since 1970.

#include "scheduler/farm/events.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// Words of ErrorKind for the journal: the same as everywhere else.
template <>
struct EnumWords<ErrorKind> {
    static constexpr auto words = std::to_array<std::pair<ErrorKind, std::string_view>>({
        {ErrorKind::bad_input, "bad_input"},
        {ErrorKind::usage, "usage"},
        {ErrorKind::unreachable, "unreachable"},
        {ErrorKind::not_allowed, "not_allowed"},
        {ErrorKind::timed_out, "timed_out"},
        {ErrorKind::cancelled, "cancelled"},
        {ErrorKind::needs_approval, "needs_approval"},
        {ErrorKind::out_of_memory, "out_of_memory"},
        {ErrorKind::unavailable, "unavailable"},
        {ErrorKind::corrupt, "corrupt"},
        {ErrorKind::crash, "crash"},
        {ErrorKind::internal, "internal"},
        {ErrorKind::unfit, "unfit"},
    });
};

template <class Tag, class Visitor>
void describe(Id<Tag>& value, Visitor& field) {
    field("id", value.value, {.meaning = "Number."});
}

template <class Visitor>
void describe(WorkerId& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the worker."});
}

template <class Visitor>
void describe(JobSubmitted& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("submission",
          event.submission,
          {.meaning = "Submission key; submitting the same key again returns the same job."});
    field("title", event.title, {.meaning = "Title for users."});
    field("submitter", event.submitter, {.meaning = "Name of the submitter."});
    field("priority", event.priority, {.meaning = "Priority; higher runs first."});
    field("tasks", event.tasks, {.meaning = "Tasks of the job."});
}

template <class Visitor>
void describe(JobPaused& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(JobResumed& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(JobPrioritised& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("priority", event.priority, {.meaning = "Priority; higher runs first."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(JobFinished& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("done", event.done, {.meaning = "Number of finished tasks."});
    field("failed", event.failed, {.meaning = "Number of failed tasks."});
    field("cancelled", event.cancelled, {.meaning = "Number of cancelled tasks."});
    field("blocked",
          event.blocked,
          {.meaning = "Number of tasks that depend on a failed or cancelled one."});
}

template <class Visitor>
void describe(JobForgotten& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(TasksCancelled& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("tasks", event.tasks, {.meaning = "Task numbers."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(TasksRetried& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("tasks", event.tasks, {.meaning = "Task numbers."});
    field("fresh",
          event.fresh,
          {.meaning = "Whether to run them even if the store has their results."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(WorkerJoined& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("session", event.session, {.meaning = "Random number of the worker's process."});
    field("host", event.host, {.meaning = "Host name."});
    field("memory_bytes", event.memory_bytes, {.meaning = "Device memory in bytes."});
}

template <class Visitor>
void describe(WorkerSeen& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
}

template <class Visitor>
void describe(WorkerSetAside& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("until", event.until, {.meaning = "Time of the next try."});
    field("why", event.why, {.meaning = "Reason, for users."});
}

template <class Visitor>
void describe(WorkerRestored& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("by", event.by, {.meaning = "Who asked for it; empty in old journals."});
}

template <class Visitor>
void describe(WorkerForgotten& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
}

template <class Visitor>
void describe(TaskLeased& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
    field("worker", event.worker, {.meaning = "Worker."});
    field("until", event.until, {.meaning = "End of the lease."});
    field("lean", event.lean, {.meaning = "Whether to use the plan with the least memory."});
}

template <class Visitor>
void describe(LeaseRenewed& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
    field("until", event.until, {.meaning = "End of the lease."});
    field("trouble",
          event.trouble,
          {.meaning = "Why the accepted result is not published yet, if its worker said so."});
}

template <class Visitor>
void describe(TaskAccepted& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
    field("until", event.until, {.meaning = "End of the lease."});
    field("facts", event.facts, {.meaning = "Facts for the record, as JSON."});
    field("cached", event.cached, {.meaning = "Whether the result was already in the store."});
}

template <class Visitor>
void describe(TaskDone& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
}

template <class Visitor>
void describe(TaskReturned& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
    field("reason", event.reason, {.meaning = "Limit that it counts against."});
    field("why", event.why, {.meaning = "Reason, for users."});
    field("not_before", event.not_before, {.meaning = "Earliest time of the next attempt."});
    field("memory_bytes", event.memory_bytes, {.meaning = "Memory that was not enough."});
}

template <class Visitor>
void describe(TaskFailed& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Attempt number."});
    field("kind", event.kind, {.meaning = "Error kind."});
    field("why", event.why, {.meaning = "Reason, for users."});
}

template <class Visitor>
void describe(TaskGivenUp& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("kind", event.kind, {.meaning = "Error kind."});
    field("why", event.why, {.meaning = "Reason, for users."});
}

template <class Visitor>
void describe(ArtifactLost& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task that made the artifact."});
    field("missed_by", event.missed_by, {.meaning = "Task that reported it missing."});
}

template <class Visitor>
void describe(LeasesExtended& event, Visitor& field) {
    field("until", event.until, {.meaning = "Earliest end of every lease."});
}

template <class Visitor>
void describe(ClockSetBack& event, Visitor& field) {
    field("by", event.by, {.meaning = "Time by which the clock went back."});
}

template <class Visitor>
void describe(JobAnnounced& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("submission", event.submission, {.meaning = "Submission key."});
    field("title", event.title, {.meaning = "Title for users."});
    field("submitter", event.submitter, {.meaning = "Name of the submitter."});
    field("priority", event.priority, {.meaning = "Priority; higher runs first."});
    field("tasks", event.tasks, {.meaning = "Number of tasks that follow."});
}

template <class Visitor>
void describe(TasksAdded& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("tasks", event.tasks, {.meaning = "The next tasks of the job."});
}

template <class Visitor>
void describe(JobArrived& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
}

template <class Visitor>
void describe(JobDropped& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
}

template <class Visitor>
void describe(VersionsGiven& event, Visitor& field) {
    field("by", event.by, {.meaning = "Name of the submitter."});
    field("versions", event.versions, {.meaning = "Versions, one per shot."});
}

template <class Visitor>
void describe(WorkerOffered& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("offer", event.offer, {.meaning = "What the worker has."});
}

template <class Visitor>
void describe(WorkerUnfit& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("model", event.model, {.meaning = "Digest of the model card; empty for every task."});
    field("why", event.why, {.meaning = "Reason, for users."});
}

template <class Visitor>
void describe(WorkerManaged& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("mode", event.mode, {.meaning = "Whether it is given work."});
    field("by", event.by, {.meaning = "Who decided it."});
}

template <class Visitor>
void describe(TakesReviewed& event, Visitor& field) {
    field("by",
          event.by,
          {.meaning = "Name of the key that brought them; files: they were found "
                      "below an output root."});
    field("records", event.records, {.meaning = "Verdicts and notes."});
}

template <class Visitor>
void describe(WaitsEnded& event, Visitor& field) {
    field("why", event.why, {.meaning = "Reason, for users."});
}

template <class Visitor>
void describe(ClockStepped& event, Visitor& field) {
    field("by", event.by, {.meaning = "Time by which the clock was stepped; negative: back."});
}

}  // namespace nightreel
