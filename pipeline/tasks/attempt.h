#pragma once
// The task boundary: whatever a task throws becomes the line that its worker is told. Nothing
// passes it, so that one bad model or order never ends the process. One thread.

#include <functional>
#include <string_view>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/streams.h"

namespace nightreel {

// The line with the result of `work`, or with its failure, whose first line says what is wrong; all
// of it, with LibTorch's C++ stack, goes to `log`.
ChildLine attempt(const std::function<TaskResult()>& work,
                  const std::function<void(std::string_view lines)>& log = say_text);

}  // namespace nightreel
