#pragma once
// The words of a command line against the commands as they are described: what is unknown, missing
// or given too much is told before the library that reads the command line sees it, with the name
// and the nearest one. Pure; any thread.

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace nightreel::cli {

// Throws Error{usage} when a command, or one of a group ("models check"), is unknown or missing, an
// option is unknown, lacks its value, is required and missing or excludes another one that is
// given, or when there are too many or too few arguments. Help is left to whoever prints it.
void require_known_words(const std::vector<Command>& commands,
                         std::span<const std::string> arguments);

// "-o" and "--output" of "-o,--output".
std::vector<std::string> names_of(const Option& option);

}  // namespace nightreel::cli
