#pragma once
// What Nightreel has to know of a farm manager: which files a night needs so that the manager can
// run it, and what the manager says of it afterwards. One implementation a folder;
// plugins/managers.h lists them. Any thread.

#include <map>
#include <string>
#include <string_view>

#include "plugins/manager_job.h"
#include "plugins/manager_report.h"
#include "plugins/shell_words.h"
#include "shotspec/farm_managers.h"

namespace nightreel {

// The parts of a job directory that are not the same for every manager. Lines are for a shell in
// the folder of the files; empty where there is none. They find NIGHTREEL_SUBMISSION, a UUID, in
// their environment, and NIGHTREEL_IDS, what `to_submit` printed for it before.
struct ManagerFiles {
    std::map<std::string, std::string> texts;  // by path there; "#!" first: a program
    std::string to_submit;  // puts the UUID into the manager's job and prints its ids, one a line
    std::string to_watch;
    std::string to_cancel;
    bool names_place = false;  // the files name the job directory, so that it must stay there
};

struct FarmManager {
    std::string_view name;     // as it is typed: "slurm"
    std::string_view meaning;  // "Slurm 22.05 or later: job arrays"
    ManagerFiles (*files)(const ManagerJob& job, const ManagersSection& site);
    // Finds the submission by its UUID, also when its ids are not known. Error{unreachable} when
    // the manager does not answer. None: the manager cannot be asked, `submit --to` refuses it.
    ManagerReport (*query)(const ManagerJob& job,
                           const ManagersSection& site,
                           const Submission& submission,
                           const RunCommand& run) = nullptr;
};

}  // namespace nightreel
