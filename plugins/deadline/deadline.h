#pragma once
// Deadline 10: jobs whose frames are the units of the night (plugins/frame_jobs.h), and the
// plugin that runs them. Pure, any thread. Source: Thinkbox's manual, "Manual Job Submission" and
// "Command Arguments", and the plugins in github.com/ThinkboxSoftware/Deadline; not run inside
// Deadline.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager deadline_manager();

}  // namespace nightreel
