#pragma once
// What Nightreel has to know of a farm manager: which files an exported night needs so that the
// manager can run it. One implementation a folder; plugins/managers.h lists them. Pure, any thread.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/manager_job.h"
#include "shotspec/farm_managers.h"

namespace nightreel {

// The parts of a job directory that are not the same for every manager.
struct ManagerFiles {
    std::map<std::string, std::string>
        texts;  // by path in the job directory; "#!" first: a program
    // Lines for a shell in the job directory; empty where there is none.
    std::string to_submit;
    std::string to_watch;
    std::string to_cancel;
    std::string to_repeat;     // what failed
    bool names_place = false;  // the files name the job directory, so that it must stay there
};

struct FarmManager {
    std::string_view name;     // as it is typed: "slurm"
    std::string_view meaning;  // "Slurm 22.05 or later: job arrays"
    ManagerFiles (*files)(const ManagerJob& job, const ManagersSection& site);
};

// Of the command `PROGRAM task JOBDIR TASK... OPTIONS` on a rendering machine.
std::string render_program_of(const ManagersSection& site);
std::vector<std::string> render_options(const ManagersSection& site);

// The script with each "@name@" replaced by its value.
std::string filled(std::string script,
                   const std::vector<std::pair<std::string, std::string>>& values);

// "0-3,7", as Slurm and OpenCue write numbers; they are ascending.
std::string number_ranges(const std::vector<std::int64_t>& numbers);

// Rounded up, as managers count memory.
std::int64_t mebibytes_of(std::int64_t bytes);

// One word of a POSIX shell, quoted where it must be; and a line of them.
std::string shell_word(std::string_view text);
std::string shell_words(const std::vector<std::string>& words);

}  // namespace nightreel
