#pragma once
// `nightreel-render task JOBDIR TASK...`: tasks of an exported night, headless, as a farm manager
// calls it: one after the other in this process, with the model kept open, up to the first failure.
// JOBDIR is a job directory (pipeline/job/job_index.h); a result appears in the store by one
// rename, and a task whose result is there already is done at once. Progress goes to standard
// output in the form that farm managers read (pipeline/program/task_report.h).

#include <span>
#include <string>

#include "pipeline/program/farm_environment.h"

namespace nightreel {

// Returns 0, or the exit code of the failure's kind; throws Error{usage} for a wrong command line.
int run_tasks(std::span<const std::string> arguments, const FarmEnvironment& environment);

}  // namespace nightreel
