#pragma once
// The records of all tasks that a result was made from, so that whoever reads the last one knows
// the first. Pure, any thread.

#include <vector>

#include "pipeline/plan/task_request.h"

namespace nightreel {

// Below the result of this request, each task once, in the order of making. Of the segment before
// a segment nothing is told: whoever decodes has all of them as inputs.
std::vector<TaskRecord> records_below(const TaskRequest& request);

}  // namespace nightreel
