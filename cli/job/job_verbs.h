#pragma once
// What `status`, `list`, `wait`, `logs`, `cancel` and `retry` do with --job JOBDIR, a job directory
// that was handed to another farm manager. Exit codes and JSON are those of any job. One thread.

#include <string>

#include "cli/verbs.h"

namespace nightreel::cli {

// --job JOBDIR.
Option job_directory_option(std::string& target);

// `path` is "" or "SHOT[.TAKE[.TASK]]".
int show_job_status(const std::string& directory,
                    const std::string& path,
                    bool night,
                    bool json,
                    const Surroundings& surroundings);

// A job directory, or a folder of them.
int list_job_directories(const std::string& folder, bool json, const Surroundings& surroundings);

// `seconds_max` of 0 is none.
int wait_for_job_directory(const std::string& directory,
                           double seconds_max,
                           bool json,
                           const Surroundings& surroundings);

int show_job_logs(const std::string& directory,
                  const std::string& path,
                  bool follow,
                  bool json,
                  const Surroundings& surroundings);

int cancel_job_directory(const std::string& directory,
                         const std::string& path,
                         const Surroundings& surroundings);

int retry_job_directory(const std::string& directory,
                        const std::string& path,
                        const Surroundings& surroundings);

}  // namespace nightreel::cli
