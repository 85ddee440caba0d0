#pragma once
// The takes that somebody must look at. Looks at the disk; one thread.

#include <filesystem>
#include <set>

#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// {"format", "takes"}: published takes that a person flagged, or that the quality report flags and
// nobody has approved or rejected. `roots` are output folders as this machine sees them.
Json read_flagged(const std::set<std::filesystem::path>& roots);

// Ends with a line break; says so when there are none.
std::string flagged_table(const Json& listing);

}  // namespace nightreel::cli
