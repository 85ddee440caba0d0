#pragma once
// Deadline 10: for each stage of the night a job, its frames the numbers of the units, and the
// plugin that runs them. Pure, any thread. Source: Thinkbox's manual, "Manual Job Submission" and
// "Command Arguments", and the plugins in github.com/ThinkboxSoftware/Deadline; not run inside
// Deadline.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager deadline_manager();

}  // namespace nightreel
