#pragma once
// Whether a result that the store has may stand for a task. Reads the take's files; any thread.

#include "pipeline/plan/roots/roots.h"
#include "pipeline/plan/task_order.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

// False for a published take that is damaged or gone: it also lies outside the store, where people
// may have changed it. False for dailies: takes may have come and gone since.
// `pulse` is called while files are read.
bool may_reuse(const TaskOrder& order, const Roots& roots, const Pulse& pulse = {});

}  // namespace nightreel
