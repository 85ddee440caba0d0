#pragma once
// The request that a sample task's order stands for, with what it names read. One thread.

#include "pipeline/sample/engine.h"
#include "pipeline/sample/segment_request.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {

SegmentRequest request_of(const SampleOrder& order, const TaskContext& context, Engine& engine);

}  // namespace nightreel
