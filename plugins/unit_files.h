#pragma once
// The part of an exported night that all managers share: unit.sh, which runs one unit by its name,
// and units/<name>, the tasks of each; member.sh, which runs one by stage and number, and
// stages/<stage>, which unit has which number. Pure, any thread.

#include <map>
#include <string>

#include "plugins/farm_manager.h"

namespace nightreel {

// By path in the job directory.
std::map<std::string, std::string> unit_files(const ManagerJob& job, const ManagersSection& site);

}  // namespace nightreel
