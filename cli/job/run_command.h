#pragma once
// Programs of farm managers, run to their end. One thread.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "plugins/manager_report.h"

namespace nightreel::cli {

inline constexpr int command_seconds_max = 120;  // then it is killed

// The program itself where its name has a slash, else the first of this name in PATH.
// Error{unavailable} when there is none.
std::filesystem::path program_named(const std::string& name);

// Error{unavailable} when there is no such program; Error{unreachable} when it does not end in
// time.
CommandEnd run_command(const std::vector<std::string>& command,
                       const std::string& input,
                       const std::vector<std::pair<std::string, std::string>>& environment = {},
                       int seconds_max = command_seconds_max);

}  // namespace nightreel::cli
