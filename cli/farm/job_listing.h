#pragma once
// All pages of a job's status as one listing.

#include <set>
#include <string>

#include "cli/farm/farm_access.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// {"format", "job", "tasks", "takes"}
Json read_status(wire::Client& client, const JobAddress& address);

// Names of the tasks of such a listing that are done.
std::set<std::string> tasks_done(const Json& status);

}  // namespace nightreel::cli
