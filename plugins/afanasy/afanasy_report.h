#pragma once
// What afserver says of a night. Any thread. Source: CGRU, afanasy/src/libafanasy/
// {taskprogress,jobprogress}.cpp, afanasy/src/server/threadprocessjson.cpp.

#include "plugins/farm_manager.h"

namespace nightreel {

// Of the jobs whose description has the submission's UUID.
ManagerReport afanasy_report(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run);

}  // namespace nightreel
