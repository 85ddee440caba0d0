#pragma once
// The farm managers that nights can be exported for.

#include <string>
#include <string_view>
#include <vector>

#include "plugins/farm_manager.h"

namespace nightreel {

// In the order in which help lists them.
const std::vector<FarmManager>& farm_managers();

std::vector<std::string> farm_manager_names();

// Error{usage} with the nearest name when there is no such manager.
const FarmManager& farm_manager_named(std::string_view name);

}  // namespace nightreel
