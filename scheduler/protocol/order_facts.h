#pragma once
// What placement needs to know of an order. Pure, any thread.

#include "pipeline/plan/task_order.h"

namespace nightreel {

// The model that a worker has in memory after the task; null when it needs none.
const ModelReference* model_loaded_for(const TaskOrder& order);

}  // namespace nightreel
