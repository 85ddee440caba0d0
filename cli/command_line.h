#pragma once
// Reads the command line by the commands' descriptions. The one place that sees CLI11.

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace nightreel::cli {

struct CommandLine {
    std::string about;    // what --help begins with
    std::string version;  // what --version prints
    std::vector<Command> commands;
};

// Runs the command that was asked for and returns its exit code; prints help and the version.
// Throws Error{usage} for an unknown command, with the nearest one; a wrong option is printed with
// its reason and gives the exit code of wrong usage.
int run_command_line(const CommandLine& line, std::span<const std::string> arguments);

}  // namespace nightreel::cli
