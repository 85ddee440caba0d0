#pragma once
// The task boundary: whatever a task throws becomes the line that its worker is told. Nothing
// passes it, so that one bad model or order never ends the process. One thread.

#include <functional>

#include "pipeline/plan/task_request.h"

namespace nightreel {

// The line with the result of `work`, or with its failure.
ChildLine attempt(const std::function<TaskResult()>& work);

}  // namespace nightreel
