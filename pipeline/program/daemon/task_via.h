#pragma once
// The client of a daemon. One thread.

#include <filesystem>

#include "pipeline/program/daemon/daemon_line.h"
#include "pipeline/program/task_audience.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {

// As run_task_row, by the daemon that listens at `socket`: waits until it has no other tasks, and
// for the end of these. When stopped, the daemon stops the task first. Without a daemon the
// failure is `unavailable`, and `crash` when it ends while it has the tasks.
int run_task_row_via(const std::filesystem::path& socket,
                     const DaemonRequest& request,
                     TaskAudience& audience,
                     const StopSignal& stop);

}  // namespace nightreel
