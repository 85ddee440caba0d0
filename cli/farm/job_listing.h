#pragma once
// Listings of a farm, all pages as one. One thread.

#include <cstdint>
#include <set>
#include <string>

#include "cli/farm/farm_access.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// {"format", "job", "tasks", "takes"}
Json read_status(wire::Client& client, const JobAddress& address);

// {"format", "files"}: the night of a job as it was submitted, the night file first. Empty for jobs
// of earlier releases.
Json read_night(wire::Client& client, std::uint64_t job);

// {"format", "jobs"}
Json read_jobs(wire::Client& client);

// {"format", "rates"}
Json read_rate_rows(wire::Client& client);

// {"format", "notes"}
Json read_review_rows(wire::Client& client);

// {"format", "workers"}
Json read_workers(wire::Client& client);

// The job with the highest number. Throws Error{bad_input} when there is none.
std::uint64_t latest_job(wire::Client& client);

// The job that is meant by `text`; the latest for an empty one.
JobAddress job_meant(wire::Client& client, const std::string& text);

// A job without its tasks.
Json read_job_head(wire::Client& client, std::uint64_t job);

// "running", "done", ...
std::string job_state(wire::Client& client, std::uint64_t job);

// Names of the tasks of a status that are done.
std::set<std::string> tasks_done(const Json& status);

}  // namespace nightreel::cli
