#pragma once
// What Cuebot says of a night, through cue.py and pycue. Any thread. Source: OpenCue,
// proto/src/job.proto (FrameState), pycue/opencue/wrappers/{job,frame}.py.

#include "plugins/farm_manager.h"

namespace nightreel {

// The Python that has pycue, and the Cuebots that it asks.
std::vector<std::string> opencue_python(const OpenCueSite& site);

// Of the jobs whose name has the submission's UUID. Error{unavailable} when pycue is missing.
ManagerReport opencue_report(const ManagerJob& job,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run);

}  // namespace nightreel
