#pragma once
// From the path of a night file to a plan, for the verbs that begin with one. Diagnostics go to
// stderr.

#include <filesystem>
#include <string>

#include "cli/verbs.h"
#include "pipeline/plan/plan_night.h"
#include "shotspec/resolved_night.h"

namespace nightreel::cli {

// Prints every diagnostic and throws Error{bad_input} when the night has any.
ResolvedNight load_night(const std::string& path, const Surroundings& surroundings);

// `output` is made absolute; versions are chosen by what lies there.
NightPlan plan_for(const ResolvedNight& night, const std::filesystem::path& output);

// The same work into the same folder is the same job.
std::string submission_key(const NightPlan& plan, const std::filesystem::path& output);

}  // namespace nightreel::cli
