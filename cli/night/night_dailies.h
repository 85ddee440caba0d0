#pragma once
// The dailies folder of a night that was run: what is there, what is missing and why.

#include <cstdint>
#include <filesystem>

#include "pipeline/plan/plan_night.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

struct NightDailies {
    std::filesystem::path folder;
    std::int64_t takes = 0;  // that this job finished
};

// `status` is the job's whole status listing. Writes OUT/<show>/dailies/<date>_<job> and its
// summary, and points `latest` at it.
NightDailies write_night_dailies(const NightPlan& plan,
                                 const Json& status,
                                 const std::filesystem::path& output);

}  // namespace nightreel::cli
