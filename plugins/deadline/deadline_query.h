#pragma once
// What Deadline says of a submission, by deadlinecommand: the jobs with our names whose comment
// has its UUID, and their tasks. Pure but for `run`; any thread.

#include "plugins/farm_manager.h"
#include "plugins/frame_jobs.h"

namespace nightreel {

std::vector<FrameJob> deadline_jobs_of(const ManagerJob& job);
std::string deadline_job_name(const ManagerJob& job, const FrameJob& frames);

// Error{unreachable} when deadlinecommand fails.
ManagerReport deadline_query(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run);

}  // namespace nightreel
