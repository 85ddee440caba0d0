#pragma once
// A row of tasks of an exported night: one after the other, up to the first failure. What
// `nightreel-render task` does, in its own process or in a daemon's. One thread.

#include <functional>
#include <optional>

#include "pipeline/program/task_arguments.h"
#include "pipeline/program/task_audience.h"
#include "shotspec/base/clock.h"

namespace nightreel {

class Engines;

// Runs the tasks; models stay open in `engines`, made by the first row, in whose store it remembers
// digests. `stopped` is asked often, and true ends the task
// that runs. Nothing is thrown: what went wrong is told to the audience. Returns 0, or the exit
// code of the failure's kind; what was done before it stays done.
int run_task_row(const TaskArguments& asked,
                 std::optional<Engines>& engines,
                 TaskAudience& audience,
                 const std::function<bool()>& stopped,
                 const Clock& clock);

}  // namespace nightreel
