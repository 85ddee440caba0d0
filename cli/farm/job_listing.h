#pragma once
// All pages of a job's status as one listing.

#include "cli/farm/farm_access.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// {"format", "job", "tasks", "takes"}
Json read_status(wire::Client& client, const JobAddress& address);

}  // namespace nightreel::cli
