#pragma once
// A night as a job directory for a farm manager, for the verbs that write one. One thread.

#include <string>
#include <vector>

#include "cli/job/job_folder.h"
#include "cli/night/night_input.h"
#include "cli/verbs.h"

namespace nightreel::cli {

struct ExportAsked {
    std::string manager;
    NightAsked night;
    std::string job_directory;
    std::string output = "out";
    std::string store;
    std::string site;
    std::string grain;
    std::string device_class;
};

// --store, --site, --grain and --device-class.
std::vector<Option> export_options(ExportAsked& asked, const Surroundings& surroundings);

struct ExportedNight {
    JobFolder folder;
    std::int64_t tasks = 0;
    bool is_new = false;  // false: it was exported before, and nothing was written
};

// Error{usage} when the directory holds anything else.
ExportedNight export_night(const ExportAsked& asked, const Surroundings& surroundings);

}  // namespace nightreel::cli
