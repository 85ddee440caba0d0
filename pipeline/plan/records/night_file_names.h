#pragma once
// Under which names the files of a night are kept beside each other. Pure, any thread.

#include <span>
#include <string>
#include <vector>

#include "pipeline/plan/records/job_facts.h"

namespace nightreel {

// "night/show.yaml" for each; files of one name from several folders are numbered.
std::vector<std::string> night_file_names(std::span<const NightFile> night);

}  // namespace nightreel
