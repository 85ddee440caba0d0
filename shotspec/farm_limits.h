#pragma once
// `scheduler.limits` of a farm file: what the farm waits for, how much it takes, and what one key
// may ask of it. What is absent is as in scheduler/farm/policy.h and
// scheduler/server/peer_limits.h. Plain values, any thread.

#include <cstdint>
#include <optional>

#include "shotspec/base/clock.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// Of each key of some roles, however many connections it has.
struct RoleLimits {
    std::optional<std::int32_t> messages;
    std::optional<ByteCount> bytes;
    std::optional<ByteCount> message;
};

template <class Visitor>
void describe(RoleLimits& value, Visitor& field) {
    field("messages",
          value.messages,
          {.meaning = "Maximum number of messages a second.",
           .minimum = 1,
           .maximum = 1'000'000,
           .fallback = "workers 1000, view 200, people 500"});
    field("bytes",
          value.bytes,
          {.meaning = "Maximum size of messages a second, both ways.",
           .example = "32MiB",
           .fallback = "workers 4MiB, view 16MiB, people 32MiB"});
    field("message",
          value.message,
          {.meaning = "Maximum size of one message, at most 1MiB.",
           .example = "1MiB",
           .fallback = "view 64KiB, others 1MiB"});
}

struct KeyLimits {
    RoleLimits worker;
    RoleLimits view;
    RoleLimits people;
    std::optional<Millis> burst;
    std::optional<Millis> pause;
    std::optional<std::int32_t> connections;
    std::optional<std::int32_t> submissions;
    std::optional<std::int32_t> log_lines;
};

template <class Visitor>
void describe(KeyLimits& value, Visitor& field) {
    field("worker", value.worker, {.meaning = "For each key of the role worker."});
    field("view", value.view, {.meaning = "For each key of the role view."});
    field("people",
          value.people,
          {.meaning = "For each key of the roles submit, operate, approve and admin."});
    field("burst",
          value.burst,
          {.meaning = "Messages and bytes of this time may be saved up and come at once.",
           .example = "2s",
           .fallback = "2s"});
    field("pause",
          value.pause,
          {.meaning = "A key that goes on far beyond its limits is disconnected and refused for "
                      "this time, for twice the time when it does so again within ten minutes, and "
                      "so on, up to eight times. It takes up to 10s more until it is "
                      "connected again.",
           .example = "5s",
           .fallback = "5s"});
    field("connections",
          value.connections,
          {.meaning = "Maximum number of connections that a key sends messages over; further ones "
                      "are closed.",
           .minimum = 1,
           .maximum = 100'000,
           .fallback = "64"});
    field("submissions",
          value.submissions,
          {.meaning = "Maximum number of jobs that a key submits at the same time.",
           .minimum = 1,
           .maximum = 64,
           .fallback = "4"});
    field("log_lines",
          value.log_lines,
          {.meaning = "Maximum number of lines a minute that the scheduler's log has of a key for "
                      "one reason; the number of omitted lines is logged.",
           .minimum = 1,
           .maximum = 100'000,
           .fallback = "20"});
}

struct FarmLimits {
    std::optional<Millis> lease;
    std::optional<Millis> keep_alive;
    std::optional<Millis> worker_silent;
    std::optional<Millis> unavailable_limit;
    std::optional<std::int32_t> attempts_max;
    std::optional<std::int32_t> losses_max;
    std::optional<std::int32_t> jobs_max;
    std::optional<std::int32_t> tasks_per_job_max;
    std::optional<std::int32_t> workers_max;
    std::optional<std::int32_t> finished_jobs_kept;
    KeyLimits keys;
};

template <class Visitor>
void describe_times(FarmLimits& value, Visitor& field) {
    field("lease",
          value.lease,
          {.meaning = "A worker that is silent this long loses its task. At least three times "
                      "`keep_alive`, and at most `worker.stall`.",
           .example = "60s",
           .fallback = "60s"});
    field("keep_alive",
          value.keep_alive,
          {.meaning = "How often a worker reports, from 1s to 60s.",
           .example = "5s",
           .fallback = "5s"});
    field("worker_silent",
          value.worker_silent,
          {.meaning = "Workers silent longer than this are ignored when placing tasks. At least "
                      "three times `keep_alive`.",
           .example = "2min",
           .fallback = "2min"});
    field("unavailable_limit",
          value.unavailable_limit,
          {.meaning = "How long to keep retrying a task while its model or a disk is unavailable.",
           .example = "12h",
           .fallback = "12h"});
}

template <class Visitor>
void describe(FarmLimits& value, Visitor& field) {
    describe_times(value, field);
    field("attempts_max",
          value.attempts_max,
          {.meaning = "Maximum number of attempts of a task that crashes.",
           .minimum = 1,
           .maximum = 100,
           .fallback = "3"});
    field("losses_max",
          value.losses_max,
          {.meaning = "Maximum number of times that a task may be lost with its worker.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "50"});
    field("jobs_max",
          value.jobs_max,
          {.meaning = "Maximum number of jobs in the farm.",
           .minimum = 1,
           .maximum = 1'000'000,
           .fallback = "10000"});
    field("tasks_per_job_max",
          value.tasks_per_job_max,
          {.meaning = "Maximum number of tasks in one job.",
           .minimum = 1,
           .maximum = 10'000'000,
           .fallback = "200000"});
    field("workers_max",
          value.workers_max,
          {.meaning = "Maximum number of workers.",
           .minimum = 1,
           .maximum = 100'000,
           .fallback = "10000"});
    field("finished_jobs_kept",
          value.finished_jobs_kept,
          {.meaning = "Number of finished jobs to keep in listings.",
           .minimum = 0,
           .maximum = 1'000'000,
           .fallback = "1000"});
    field("keys",
          value.keys,
          {.meaning = "What one key may ask of the scheduler. Read again on SIGHUP, as all limits "
                      "are."});
}

}  // namespace nightreel
