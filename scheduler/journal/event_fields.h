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
    field("submission", event.submission, {.meaning = "Key of the submission."});
    field("title", event.title, {.meaning = "For people."});
    field("submitter", event.submitter, {.meaning = "Who submitted it."});
    field("priority", event.priority, {.meaning = "Higher goes first."});
    field("tasks", event.tasks, {.meaning = "Its tasks."});
}

template <class Visitor>
void describe(JobPaused& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
}

template <class Visitor>
void describe(JobResumed& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
}

template <class Visitor>
void describe(JobPrioritised& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("priority", event.priority, {.meaning = "Higher goes first."});
}

template <class Visitor>
void describe(JobFinished& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("done", event.done, {.meaning = "Tasks done."});
    field("failed", event.failed, {.meaning = "Tasks failed."});
    field("cancelled", event.cancelled, {.meaning = "Tasks cancelled."});
    field("blocked", event.blocked, {.meaning = "Tasks that wait for one of those."});
}

template <class Visitor>
void describe(JobForgotten& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
}

template <class Visitor>
void describe(TasksCancelled& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("tasks", event.tasks, {.meaning = "Its tasks, by number."});
}

template <class Visitor>
void describe(TasksRetried& event, Visitor& field) {
    field("job", event.job, {.meaning = "Job."});
    field("tasks", event.tasks, {.meaning = "Its tasks, by number."});
    field("fresh", event.fresh, {.meaning = "Whatever the store holds."});
}

template <class Visitor>
void describe(WorkerJoined& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("session", event.session, {.meaning = "Its process."});
    field("host", event.host, {.meaning = "Its machine."});
    field("memory_bytes", event.memory_bytes, {.meaning = "Memory of its device."});
}

template <class Visitor>
void describe(WorkerSeen& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
}

template <class Visitor>
void describe(WorkerSetAside& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
    field("until", event.until, {.meaning = "When it is tried again."});
    field("why", event.why, {.meaning = "For people."});
}

template <class Visitor>
void describe(WorkerRestored& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
}

template <class Visitor>
void describe(WorkerForgotten& event, Visitor& field) {
    field("worker", event.worker, {.meaning = "Worker."});
}

template <class Visitor>
void describe(TaskLeased& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
    field("worker", event.worker, {.meaning = "Worker."});
    field("until", event.until, {.meaning = "When the lease ends."});
    field("lean", event.lean, {.meaning = "With the plan that needs least memory."});
}

template <class Visitor>
void describe(LeaseRenewed& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
    field("until", event.until, {.meaning = "When the lease ends."});
}

template <class Visitor>
void describe(TaskAccepted& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
    field("until", event.until, {.meaning = "When the lease ends."});
    field("facts", event.facts, {.meaning = "For the record, as JSON."});
    field("cached", event.cached, {.meaning = "The result was there already."});
}

template <class Visitor>
void describe(TaskDone& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
}

template <class Visitor>
void describe(TaskReturned& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
    field("reason", event.reason, {.meaning = "Which limit it counts against."});
    field("why", event.why, {.meaning = "For people."});
    field("not_before", event.not_before, {.meaning = "When it is tried again."});
    field("memory_bytes", event.memory_bytes, {.meaning = "What it was too large for."});
}

template <class Visitor>
void describe(TaskFailed& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task."});
    field("attempt", event.attempt, {.meaning = "Number of the attempt."});
    field("kind", event.kind, {.meaning = "Kind of the failure."});
    field("why", event.why, {.meaning = "For people."});
}

template <class Visitor>
void describe(ArtifactLost& event, Visitor& field) {
    field("task", event.task, {.meaning = "Task that made it."});
    field("missed_by", event.missed_by, {.meaning = "Task that found it missing."});
}

template <class Visitor>
void describe(LeasesExtended& event, Visitor& field) {
    field("until", event.until, {.meaning = "No lease ends before."});
}

template <class Visitor>
void describe(ClockSetBack& event, Visitor& field) {
    field("by", event.by, {.meaning = "How far."});
}

}  // namespace nightreel
