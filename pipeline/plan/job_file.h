#pragma once
// job.json: a night's tasks as farm managers are given them, one `nightreel-render task JOBDIR
// NAME` each. The job folder holds it beside artifacts/. Pure text, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan/plan_night.h"

namespace nightreel {

struct JobTask {
    std::string name;
    Digest digest;
    TaskOrder order;
    std::vector<std::string> needs;  // names of earlier tasks
    TaskCost cost;
};

struct JobFile {
    std::string show;
    Digest night;
    std::vector<JobTask> tasks;  // after what they need
    Roots roots;                 // that publish tasks name, with their paths here
};

JobFile make_job_file(const NightPlan& plan);

std::string to_json_text(const JobFile& job);

// Throws Error{bad_input} with the place when the text is no job file, and Error{corrupt} when a
// task's digest is not the one of its order: made by another version, or changed by hand.
JobFile job_file_from_json(std::string_view text);

// Throws Error{usage} when there is no such task.
const JobTask& task_named(const JobFile& job, std::string_view name);

}  // namespace nightreel
