#pragma once
// Job directories on disk (pipeline/job/job_index.h): written whole or not at all, read a task at
// a time. Any thread; faults name the path.

#include <filesystem>
#include <map>
#include <string>

#include "pipeline/job/job_index.h"

namespace nightreel {

// Writes the night as a job directory: index, orders, copies of the pictures and LoRAs that they
// read, and `texts`, by relative path; those that begin with "#!" are executable. It appears by one
// rename. False when the folder holds exactly this job already: then nothing is written.
// Error{usage} when it holds anything else; Error{corrupt} when a picture or LoRA was changed after
// it was planned.
bool write_job_directory(const std::filesystem::path& folder,
                         const NightPlan& plan,
                         const std::map<std::string, std::string>& texts);

bool is_job_directory(const std::filesystem::path& folder);

// Error{usage} when the folder is no job directory.
JobIndex read_job_index(const std::filesystem::path& folder);

// The order of one task, its paths as they stand in the directory.
TaskOrder read_job_order(const std::filesystem::path& folder, const JobTask& task);

}  // namespace nightreel
