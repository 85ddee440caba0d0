#pragma once
// Job directories on disk (pipeline/job/job_index.h): written whole or not at all, read a task at
// a time. Any thread; faults name the path.

#include <filesystem>
#include <map>
#include <string>

#include "pipeline/job/job_index.h"
#include "pipeline/plan/records/job_facts.h"

namespace nightreel {

// Who exported it and when, and the files of the night as they were written, that itself first.
struct JobOrigin {
    std::string exported_by;
    std::int64_t exported_at = 0;  // milliseconds since 1970
    std::vector<NightFile> night;
};

// Writes the night as a job directory: index, orders, copies of the pictures and LoRAs that they
// read, the night's files below night/, and `texts`, by relative path; those that begin with "#!"
// are executable. It appears by one rename. False when the folder holds exactly this job already,
// whoever exported it: then nothing is written. Error{usage} when it holds anything else;
// Error{corrupt} when a picture or LoRA was changed after it was planned.
bool write_job_directory(const std::filesystem::path& folder,
                         const NightPlan& plan,
                         const std::map<std::string, std::string>& texts,
                         const JobOrigin& origin = {});

// More files for a job directory: those of another hand-over. Whole files, synced.
void add_to_job_directory(const std::filesystem::path& folder,
                          const std::map<std::string, std::string>& texts);

JobOrigin read_job_origin(const std::filesystem::path& folder);

bool is_job_directory(const std::filesystem::path& folder);

// Error{usage} when the folder is no job directory.
JobIndex read_job_index(const std::filesystem::path& folder);

// The order of one task, its paths as they stand in the directory.
TaskOrder read_job_order(const std::filesystem::path& folder, const JobTask& task);

}  // namespace nightreel
