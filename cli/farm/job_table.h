#pragma once
// Jobs and workers as people see them, from the scheduler's JSON. Pure text; any thread.

#include <string>

#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// "1:02:03", "4:05"
std::string duration_text(double seconds);

// How much of a job's work is done, 0 to 1. What runs counts by how far it is, where `head` names
// it; tasks count by their estimated seconds.
double fraction_done(const Json& head);

// A percentage to show: of what is not done never 100.
double percent_done(const Json& head, double fraction);

// One line a job or worker below a line of headings; empty for none.
std::string job_table(const Json& jobs);
std::string worker_table(const Json& workers);

// What `status` and `wait` say of a job as a whole: state, progress, by whom, since when, where to.
std::string job_heading(const Json& head);

// One line for each failed task; empty when nothing failed.
std::string failures_text(const Json& head);

// Running tasks whose worker is silent, and what becomes of them, one line for each.
std::string silences_text(const Json& head);

// 0 done, 1 failed, 7 cancelled.
int exit_code_of_job(const Json& head);

// A listing of jobs or a status, read when no `run` works on the folder: whatever it says to be
// running or queued has stopped.
void mark_stopped(Json& listing);

}  // namespace nightreel::cli
