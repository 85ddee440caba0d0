#pragma once
// Tasks of takes that are made only if earlier ones are not good enough (`at_most`, docs/takes.md).
// The ranking of the round before says so; where it does not, each task of such a take ends at
// once with a result that says that there is nothing, and so does whatever reads that.

#include <optional>

#include "pipeline/plan/task_order.h"
#include "pipeline/tasks/inputs.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {

// Whether this result is such a one.
bool is_not_needed(const TaskInputs& inputs, const Digest& artifact);

// What is left of a task of which nothing is needed; nothing where the task has work to do.
std::optional<TaskWork> without_work(const TaskOrder& order, const TaskContext& context);

}  // namespace nightreel
