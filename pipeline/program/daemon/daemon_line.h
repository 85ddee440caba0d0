#pragma once
// What `nightreel-render task --via SOCKET` says to a daemon and hears from it: one JSON object a
// line. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/program/task_audience.h"
#include "shotspec/base/version.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct DaemonRequest {
    std::string version = nightreel_version;  // both are of one release
    std::string folder;                       // that relative paths of the arguments start from
    std::vector<std::string> arguments;       // of `task`
    std::optional<std::string> gpus = {};     // CUDA_VISIBLE_DEVICES where the task was started
};

template <class Visitor>
void describe(DaemonRequest& value, Visitor& field) {
    field("version", value.version, {.meaning = "Release of the client.", .required = true});
    field("folder", value.folder, {.meaning = "Working folder.", .required = true});
    field("arguments", value.arguments, {.meaning = "Arguments of `task`.", .required = true});
    field("gpus", value.gpus, {.meaning = "CUDA_VISIBLE_DEVICES of the client."});
}

template <class Visitor>
void describe(RowProgress& value, Visitor& field) {
    field("fraction", value.fraction, {.meaning = "Completed fraction, 0 to 1."});
    field("task", value.task, {.meaning = "Task that runs."});
    field("doing", value.doing, {.meaning = "What it does."});
}

template <class Visitor>
void describe(RowFailure& value, Visitor& field) {
    field("task", value.task, {.meaning = "Task that failed."});
    field("kind", value.kind, {.meaning = "Error kind."});
    field("text", value.text, {.meaning = "Error message."});
}

// Exactly one of them is set. `begun` comes first, `exit_code` last.
struct DaemonLine {
    std::optional<bool> begun = {};  // until then another task may run
    std::optional<std::string> log = {};
    std::optional<RowProgress> progress = {};
    std::optional<RowFailure> failed = {};
    std::optional<std::int32_t> exit_code = {};
};

template <class Visitor>
void describe(DaemonLine& value, Visitor& field) {
    field("begun", value.begun, {.meaning = "The daemon has taken the tasks."});
    field("log", value.log, {.meaning = "Lines for people."});
    field("progress", value.progress, {.meaning = "Progress report."});
    field("failed", value.failed, {.meaning = "Failure."});
    field("exit_code", value.exit_code, {.meaning = "Exit code; the last line."});
}

// With the end of the line; what is not UTF-8 is replaced.
std::string json_line(const DaemonRequest& request);
std::string json_line(const DaemonLine& line);

// Error{bad_input} when the text is no such thing.
DaemonRequest daemon_request_from_json(std::string_view text);
DaemonLine daemon_line_from_json(std::string_view text);

}  // namespace nightreel
