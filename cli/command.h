#pragma once
// The commands of `nightreel` as data: what each is called, what it takes and what it does. Help,
// parsing and shell completion are made from these values (cli/command_line.h), so that a command
// knows nothing of the library that reads the command line. Values; one thread.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nightreel::cli {

// Where the value of an option goes; it outlives the parsing. A bool is a flag;
// a list takes what is given again and again.
using OptionTarget = std::
    variant<bool*, std::string*, std::int32_t*, std::int64_t*, double*, std::vector<std::string>*>;

struct Option {
    // "--json", "-o,--output", or "job" for an argument without dashes.
    std::string names;
    OptionTarget target;
    std::string meaning;
    std::string value = {};  // what help calls its value: "FILE"; nothing for a flag
    bool required = false;
    bool shows_default = false;
    std::pair<double, double> limits = {0, 0};  // of a number; equal ones are no limits
    std::vector<std::string> choices = {};      // of a text; none: any
    std::string excludes = {};                  // an option that may not be given beside this one
};

struct Command {
    std::string name;
    std::string meaning;
    std::string example = {};  // a whole line to type
    std::vector<Option> options = {};
    // What it does, with the exit code; nothing for a group of commands.
    std::function<int()> run = {};
    std::vector<Command> commands = {};
};

}  // namespace nightreel::cli
