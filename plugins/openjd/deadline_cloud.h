#pragma once
// What AWS Deadline Cloud says of a night, by its own command `deadline`. Any thread.

#include "plugins/farm_manager.h"

namespace nightreel {

// By the id where it is known, else by the UUID in the job's name. The command tells the state of
// the job as a whole: every unit has it, and waits while the job runs.
ManagerReport ask_deadline_cloud(const ManagerJob& job,
                                 const ManagersSection& site,
                                 const Submission& submission,
                                 const RunCommand& run);

}  // namespace nightreel
