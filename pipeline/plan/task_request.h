#pragma once
// What a worker says to its render child and hears from it: one JSON object a line, both ways. Also
// the form in which `nightreel-render task` is called. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "pipeline/plan/records/task_record.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/plan/task_order.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/link_policy.h"
#include "shotspec/quality_limits.h"

namespace nightreel {

// A folder that is whole and becomes visible by a rename, once the attempt has been accepted.
struct TaskCommit {
    std::string from;  // absolute, hidden, beside `to`
    std::string to;
};

template <class Visitor>
void describe(TaskCommit& value, Visitor& field) {
    field("from", value.from, {.meaning = "Prepared folder."});
    field("to", value.to, {.meaning = "Its place."});
}

// What is worth knowing of a finished attempt. Goes beside the result, never into it.
struct TaskResult {
    double seconds = 0;  // of the model's own work
    std::string
        device_class;  // all that may change arithmetic: chip, instruction set, threads, precision
    std::string precision;
    std::int64_t memory_bytes = 0;  // most memory held
    std::string facts;              // a JSON object of a kind's own figures (seam ratio...), small
    std::optional<TaskMaker> made_by = {};
    // Of this attempt alone: done when it is accepted and not kept in any record.
    std::optional<std::vector<TaskCommit>> commit = {};
};

template <class Visitor>
void describe(TaskResult& value, Visitor& field) {
    field("seconds", value.seconds, {.meaning = "Seconds spent in the model."});
    field("device_class",
          value.device_class,
          {.meaning = "Device class: everything about the machine that can change output bytes."});
    field("precision", value.precision, {.meaning = "Precision policy."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Peak memory in bytes."});
    field("facts", value.facts, {.meaning = "Figures specific to the kind of task, as JSON."});
    field("made_by",
          value.made_by,
          {.meaning = "Worker, host, device, time and version that made it."});
    field("commit",
          value.commit,
          {.meaning = "Folders to rename when the attempt is accepted.", .in_digest = false});
}

struct InputArtifact {
    Digest digest;
    std::string folder;                    // absolute; holds the files of the result
    std::vector<TaskRecord> records = {};  // of all that it was made from, then of itself
};

template <class Visitor>
void describe(InputArtifact& value, Visitor& field) {
    field("digest", value.digest, {.meaning = "Digest of the artifact."});
    field("folder", value.folder, {.meaning = "Folder with its files."});
    field("records",
          value.records,
          {.meaning = "Records of the tasks that it was made from and of its own, in this order."});
}

struct TaskRequest {
    TaskOrder order;
    std::vector<InputArtifact> inputs;
    std::string staging;                   // an empty folder that is this attempt's alone
    std::vector<std::string> model_roots;  // looked in before the folder that the order names
    std::string device = "cpu";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;  // none: chosen by model and processor
    std::int64_t memory_bytes = 0;             // networks that need more are streamed; 0: no limit
    bool lean = false;  // with as little memory as the engine can: it ran out of it before
    Roots roots;        // absolute paths of the roots that orders name
    RootMarks marks;    // of those that must have one (pipeline/plan/roots/root_marker.h)
    LinkPolicy link = LinkPolicy::automatic;  // of published files
    std::string worker = {};                  // its name in the farm; empty outside of one
    std::optional<JobFacts> job = {};         // nothing outside of a farm
    // Of a dailies task alone.
    std::vector<TakeOutcome> outcomes = {};
    std::vector<NightFile> night = {};
    // A folder that the attempts of one task share; not there until one makes it. Empty: none.
    std::string resume = {};
    QualityLimits quality = {};  // of a publish task: what is flagged
};

struct TaskProgress {
    double fraction = 0;  // 0..1 of the task
    std::string text;     // "step 12 of 20"
};

template <class Visitor>
void describe(TaskProgress& value, Visitor& field) {
    field("fraction", value.fraction, {.meaning = "Completed fraction, 0 to 1."});
    field("text", value.text, {.meaning = "Message for users."});
}

struct TaskFailure {
    std::string kind;  // word of an ErrorKind
    std::string text;
    std::vector<Digest> lost;  // inputs found missing or damaged
};

template <class Visitor>
void describe(TaskFailure& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Error kind."});
    field("text", value.text, {.meaning = "Error message."});
    field("lost", value.lost, {.meaning = "Inputs that are missing or damaged."});
}

// One line of the child: exactly one of them is set.
struct ChildLine {
    std::optional<TaskProgress> progress;
    std::optional<TaskResult> result;
    std::optional<TaskFailure> failure;
};

template <class Visitor>
void describe(ChildLine& value, Visitor& field) {
    field("progress", value.progress, {.meaning = "Progress report."});
    field("result", value.result, {.meaning = "Success: the staging folder contains the result."});
    field("failure", value.failure, {.meaning = "Failure."});
}

std::string to_json_text(const TaskRequest& request);
TaskRequest task_request_from_json(std::string_view text);
std::string to_json_text(const ChildLine& line);
ChildLine child_line_from_json(std::string_view text);

}  // namespace nightreel
