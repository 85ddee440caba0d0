#pragma once
// How long a model may say nothing, as its card has it. Reads the card; any thread.

#include <string>
#include <vector>

#include "pipeline/plan/task_order.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// `stall` in the card of the order's model, looked for where the renderer looks; zero when the card
// has none, cannot be read, or the task needs no model.
Millis stall_of_model(const TaskOrder& order, const std::vector<std::string>& model_roots);

}  // namespace nightreel
