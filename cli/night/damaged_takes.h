#pragma once
// Which published takes of a job are no longer what they were. Reads every published file; one
// thread.

#include <filesystem>
#include <string>
#include <vector>

#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

struct DamagedTake {
    std::string task;  // that publishes it: "sq010_sh0010.take01.publish"
    std::filesystem::path folder;
    std::string damage;  // "2 files missing, 1 changed", "deleted"
};

// `tasks` are rows of a status listing; takes of publish tasks that are done are looked at below
// `output`, the output root as this machine sees it. Where it does not see it, all of them count as
// whole: others may see them.
std::vector<DamagedTake> damaged_takes(const Json& tasks, const std::filesystem::path& output);

// "sq010_sh0010.take01: 1 file changed (/out/...)": one line for each.
std::string damage_lines(const std::vector<DamagedTake>& takes);

}  // namespace nightreel::cli
