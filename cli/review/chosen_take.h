#pragma once
// The published take that a person means: by job, by its folder, or by its place below an output
// folder. Looks at the disk, and asks the farm where a job is named. One thread.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/farm/farm_access.h"
#include "pipeline/takes/publish_record.h"
#include "shotspec/review/review_record.h"

namespace nightreel::cli {

struct ChosenTake {
    std::filesystem::path output;  // the output root that it lies below
    std::filesystem::path folder;
    PublishRecord record;
    bool of_job = false;  // it was named by its job
};

inline constexpr const char* take_words =
    "JOB.SHOT.TAKE, the folder of a take, or SHOW/SHOT/v001/take01";

// Throws Error{usage} or Error{bad_input} with what was looked for and where.
ChosenTake chosen_take(const std::string& text,
                       const FarmChoice& farm,
                       const Surroundings& surroundings);

// The folder of -o, absolute; `out` where neither it nor a farm is given. Error{usage} when there
// is none.
std::filesystem::path review_output(const std::string& output);

// The folder of -o, or the output roots that jobs of the farm publish below.
// Error{unavailable} for one that is not mounted here.
std::set<std::filesystem::path> review_outputs(const FarmChoice& choice,
                                               const Surroundings& surroundings);

// Every published take below an output folder. Takes that cannot be read are said on stderr.
std::vector<ChosenTake> published_takes(const std::filesystem::path& output);

// "aurora sq010_sh0010 v001 take01"
std::string take_title(const TakeFacts& take);

}  // namespace nightreel::cli
