#pragma once
// A job directory as the JSON that listings of a farm have, so that readers need not know who runs
// the job. Pure, any thread.

#include <vector>

#include "cli/job/job_sight.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// {"format", "job", "tasks", "takes"} as `status` of a farm has it; beside that the head says
// `directory`, `manager` and `manager_ids`. Its `job` is 0: there is no number.
Json job_status_of(const JobSight& sight, const std::vector<UnitSight>& units);

// The head alone, as `list` has it.
Json job_head_of(const JobSight& sight, const std::vector<UnitSight>& units);

// Tasks at or below `path`, "sq010_sh0010.take01"; all for an empty one. Error{bad_input} when
// there are none.
Json tasks_below(Json status, const std::string& path);

}  // namespace nightreel::cli
