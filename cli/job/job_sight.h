#pragma once
// All that is known of a job directory at one moment: what is done, what each run of a unit left,
// and what the farm manager says. Values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/job/submission.h"
#include "pipeline/job/unit_attempt.h"
#include "pipeline/plan/task_request.h"
#include "plugins/manager_job.h"
#include "plugins/manager_report.h"

namespace nightreel::cli {

struct JobSight {
    std::string directory;  // absolute
    std::string manager;
    std::string to_submit;  // a command, for people
    JobIndex index;
    ManagerJob job;                          // all its units
    std::map<std::string, TaskResult> done;  // by task; a take counts while it is published
    std::map<std::string, std::vector<UnitAttempt>> attempts;  // by unit
    std::vector<Submission> submissions;
    std::optional<ManagerReport> report;  // on the last submission; none: it was not asked
    std::string not_asked;                // why, in one line
    std::int64_t now = 0;                 // milliseconds since 1970
    std::string submitter;
    std::int64_t submitted_at = 0;
};

// What has become of a unit, by all that is known.
enum class Standing {
    done,
    running,
    waiting,
    failed,
    cancelled,
    blocked,  // a unit that it needs failed or was cancelled
};

struct UnitSight {
    Standing standing = Standing::waiting;
    std::string task = {};  // that runs or failed; of a blocked one, that which failed
    const UnitAttempt* attempt = nullptr;  // the last one, where there is any
    std::string kind = {};                 // of the failure
    std::string text = {};                 // why it failed or waits
    std::string host = {};
};

// One for each unit of the job, in its order; points into `sight`.
std::vector<UnitSight> look_at_units(const JobSight& sight);

// Whether the manager lost the last submission, or a part of it: it said that it has it, nobody has
// seen it there since, and it does not tell of units that nobody tried. Slurm keeps the first of
// its jobs and loses the later ones when it dies amid a hand-over.
bool is_lost(const JobSight& sight, const std::vector<UnitSight>& units);

// Names of the units to hand over again when it was lost: those that the manager does not tell of
// and nobody tried, those of the part that it has, which is cancelled, and those that end a job.
std::set<std::string> units_lost(const JobSight& sight, const std::vector<UnitSight>& units);

// Nothing will happen any more without somebody's doing.
bool has_ended(const std::vector<UnitSight>& units);

// Names of the units that a retry hands over: those that failed, were cancelled or blocked, or that
// wait and no manager knows; and those that end a job. With a `path`, "sq010_sh0010.take01", those
// that it names, and what they need. Empty when nothing is missing.
std::set<std::string> units_to_retry(const JobSight& sight,
                                     const std::vector<UnitSight>& units,
                                     const std::string& path = {});

// Whether a shot, take or task `path` is in the unit, or the unit below it; all are below "".
bool concerns(const std::string& unit, const std::string& path);

}  // namespace nightreel::cli
