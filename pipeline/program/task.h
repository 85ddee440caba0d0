#pragma once
// `nightreel-render task JOBDIR TASK`: one task of an exported night, headless, as a farm manager
// calls it. JOBDIR holds job.json and artifacts/; the result appears there by one rename, and a
// task whose result is there already is done at once. Progress goes to standard output in the form
// that farm managers read: "openjd_progress: 42.0", "openjd_status: step 12 of 20".

#include <span>
#include <string>

namespace nightreel {

// Returns 0, or the exit code of the failure's kind; throws Error{usage} for a wrong command line.
int run_one_task(std::span<const std::string> arguments);

}  // namespace nightreel
