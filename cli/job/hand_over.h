#pragma once
// Job directories and the farm managers that they are handed to. Whoever changes what was handed
// over holds the lock of the job directory; a line that a manager was being told when its caller
// was killed holds one too, so that nobody looks for it before it has ended. One thread.

#include <set>
#include <string>

#include "cli/job/job_folder.h"

namespace nightreel::cli {

// What `submit` found or did.
struct HandedOver {
    Submission submission;
    bool is_new = false;  // this call handed it over
    std::string why_not;  // why it was not: "submitted before, at ..."
};

// Hands the whole night over, unless that happened before; a hand-over that was interrupted is
// looked up at the manager and completed. Error{unavailable} when the manager refuses it: then it
// has nothing of it.
HandedOver submit_job(const JobFolder& folder, const Clock& clock);

// Looks at the job with its manager. What the manager has lost is handed over again, said on
// stderr; that the manager has it, and that it ended, is noted.
JobSight look_at_job(const JobFolder& folder, const Clock& clock);

// A new graph of these units. Returns the number of the submission.
Submission hand_over_units(const JobFolder& folder,
                           const std::set<std::string>& units,
                           const Clock& clock);

// Has the manager cancel what is left of the last submission.
void cancel_job(const JobFolder& folder);

}  // namespace nightreel::cli
