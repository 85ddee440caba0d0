#pragma once
// A job directory as commands open it: what was exported, for which farm manager and site. One
// thread.

#include <filesystem>
#include <string>

#include "cli/job/job_sight.h"
#include "pipeline/job/job_directory.h"
#include "plugins/farm_manager.h"

namespace nightreel::cli {

// manager.json of a job directory: for whom it was exported, and with which settings.
struct ExportedFor {
    std::int32_t format = 1;
    std::string manager;
    Grain grain = Grain::take;
    ManagersSection site;
};

template <class Visitor>
void describe(ExportedFor& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this file.", .required = true});
    field("manager", value.manager, {.meaning = "Farm manager.", .required = true});
    field("grain", value.grain, {.meaning = "Work of one unit.", .required = true});
    field("site", value.site, {.meaning = "Settings of the site.", .required = true});
}

inline constexpr const char* manager_file = "manager.json";

struct JobFolder {
    std::filesystem::path place;  // absolute
    std::filesystem::path store;  // of results
    JobIndex index;
    JobOrigin origin;
    ExportedFor exported;
    const FarmManager* manager = nullptr;
    ManagerJob job;
};

// The units of a submission, and the folder of their files. `number` counts from 1.
ManagerJob job_of_submission(const JobFolder& folder,
                             std::int32_t number,
                             const Submission& submission);

// The command that submits it, for people.
std::string submit_line_of(const JobFolder& folder);

// Error{usage} when it is no job directory.
JobFolder open_job_folder(const std::filesystem::path& place);

// All that its disk knows of it: no report of the manager yet.
JobSight sight_of(const JobFolder& folder, const Clock& clock);

// Asks the manager about the last submission, where there is one; what it cannot say is noted.
void ask_manager(const JobFolder& folder, JobSight& sight);

}  // namespace nightreel::cli
