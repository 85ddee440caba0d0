#pragma once
// Who made a result, where and when: what is told of a finished task beside its bytes, and decides
// none of them. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// The attempt that made a result.
struct TaskMaker {
    std::string worker;  // its name in the farm; empty outside of one
    std::string host;
    std::string device;       // that did the work: cpu, cuda:0
    std::string finished_at;  // UTC, "2026-11-21T03:04:05.678Z"
    std::string nightreel;    // version of the program
};

template <class Visitor>
void describe(TaskMaker& value, Visitor& field) {
    field("worker", value.worker, {.meaning = "Name of the worker; empty outside of a farm."});
    field("host", value.host, {.meaning = "Host name of the machine."});
    field("device", value.device, {.meaning = "Device, such as cpu or cuda:0."});
    field("finished_at", value.finished_at, {.meaning = "When the task was finished (UTC)."});
    field("nightreel", value.nightreel, {.meaning = "Version of Nightreel."});
}

// One task of those that a take was made by.
struct TaskRecord {
    std::string kind;
    Digest digest;
    std::string task;
    std::string device_class;
    std::string precision;
    double seconds = 0;
    std::int64_t memory_bytes = 0;
    std::optional<TaskMaker> made_by = {};
    std::optional<std::string> unknown = {};  // why nothing but kind and digest is known
};

template <class Visitor>
void describe(TaskRecord& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Kind of the task."});
    field("digest", value.digest, {.meaning = "Digest of the task and of its result."});
    field(
        "task",
        value.task,
        {.meaning = "Name of the task that made it; may be of another shot or an earlier night."});
    field(
        "device_class",
        value.device_class,
        {.meaning =
             "Device class it ran on: everything about the machine that can change output bytes."});
    field("precision", value.precision, {.meaning = "Precision policy it ran with."});
    field("seconds", value.seconds, {.meaning = "Seconds spent in the model."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Peak memory in bytes."});
    field("made_by",
          value.made_by,
          {.meaning = "Worker, host, device, time and version that made it."});
    field("unknown",
          value.unknown,
          {.meaning = "Why nothing else is known of the task, if nothing is."});
}

}  // namespace nightreel
