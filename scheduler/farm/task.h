#pragma once
// The values that commands, events and state share: how a task, a worker and an attempt are named,
// and what a submitted task asks for.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/task_kind.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/error.h"
#include "shotspec/base/id.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// A task is numbered within its job; its needs always have smaller numbers.
using TaskIndex = std::uint32_t;

struct TaskKey {
    JobId job;
    TaskIndex index = 0;

    friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

// The name that goes with a worker's key in the allow-list.
struct WorkerId {
    std::string name;

    friend auto operator<=>(const WorkerId&, const WorkerId&) = default;
};

// Drawn by a worker each time its process starts.
using SessionId = Id<struct SessionTag>;

struct TaskAttempt {
    TaskKey task;
    AttemptId attempt;

    friend auto operator<=>(const TaskAttempt&, const TaskAttempt&) = default;
};

// What is asked for; it never changes once submitted.
struct TaskSpec {
    TaskKind kind = TaskKind::sample;
    std::string name;  // "sq010_sh0010.take01.sample03": shot, take and task, joined by dots
    Digest digest;     // names the result
    std::vector<TaskIndex> needs;
    std::uint64_t memory_bytes = 0;
    double cost_seconds = 0;
    std::string model;         // worth having loaded; empty when none is used
    Digest model_digest;       // of its card: only a worker that has it may take the task
    std::string device_class;  // only a worker of this class may take it; empty: any
    // Tasks that have ended first, in whatever way: done, failed, cancelled, or blocked by one that
    // is. It is run again when any of them goes on and ends anew.
    std::vector<TaskIndex> after = {};

    friend bool operator==(const TaskSpec&, const TaskSpec&) = default;
};

// Why an accepted lease ended without a result; each reason has a limit of its own. killed: the
// render process was ended from outside. stopped: the worker was stopped in good order and gave the
// task back. unfit: the machine cannot do it.
enum class ReturnReason {
    lost,
    crashed,
    unavailable,
    out_of_memory,
    input_lost,
    killed,
    stopped,
    unfit
};

template <>
struct EnumWords<ReturnReason> {
    static constexpr auto words = std::to_array<std::pair<ReturnReason, std::string_view>>({
        {ReturnReason::lost, "lost"},
        {ReturnReason::crashed, "crashed"},
        {ReturnReason::unavailable, "unavailable"},
        {ReturnReason::out_of_memory, "out_of_memory"},
        {ReturnReason::input_lost, "input_lost"},
        {ReturnReason::killed, "killed"},
        {ReturnReason::stopped, "stopped"},
        {ReturnReason::unfit, "unfit"},
    });
};

template <class Visitor>
void describe(TaskKey& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number."});
    field("index", value.index, {.meaning = "Task number within the job."});
}

template <class Visitor>
void describe(TaskSpec& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Task kind."});
    field("name", value.name, {.meaning = "Shot, take and task, separated by dots."});
    field("digest", value.digest, {.meaning = "Digest of all inputs; names the result."});
    field("needs", value.needs, {.meaning = "Tasks whose results it reads."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Required device memory, in bytes."});
    field("cost_seconds", value.cost_seconds, {.meaning = "Estimated seconds."});
    field("model", value.model, {.meaning = "Model to load; empty for none."});
    field("model_digest", value.model_digest, {.meaning = "Digest of the model card."});
    field("device_class", value.device_class, {.meaning = "Required device class; empty for any."});
    field("after", value.after, {.meaning = "Tasks that end first, in whatever way."});
}

}  // namespace nightreel
