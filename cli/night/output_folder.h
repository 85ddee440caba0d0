#pragma once
// The output folder of a night before anything is rendered for it. Looks at the disk; any thread.

#include <filesystem>
#include <string>

#include "pipeline/plan/plan_night.h"

namespace nightreel::cli {

// Absolute. Error{usage} for an empty path.
std::filesystem::path output_root_of(const std::filesystem::path& output);

// Error{bad_input} for a take whose folder has a path that is too long.
void require_short_paths(const NightPlan& plan);

// Error{unavailable} for a file where the folder of a take is to be.
void require_places_for_takes(const NightPlan& plan);

// Error{bad_input} when a take's folder holds a take of another specification: the shot's `output`
// names no version, so the take could never be published.
void require_no_other_takes(const NightPlan& plan);

// Error{unavailable} for a folder in which this user cannot make those of the takes.
void require_writable_places(const NightPlan& plan);

}  // namespace nightreel::cli
