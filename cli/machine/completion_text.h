#pragma once
// Completion scripts for shells, written from what a command line consists of. Pure text, any
// thread.

#include <string>
#include <string_view>
#include <vector>

namespace nightreel::cli {

struct OptionWords {
    std::vector<std::string> names;  // as typed: -o, --output
    std::string help;
    bool takes_value = false;
    bool takes_file = false;           // a value that may be a file or a folder
    std::vector<std::string> choices;  // the values, where they can be listed
};

// A command and those below it; the program itself is the one without words in front.
struct CommandWords {
    std::string path;  // the words that lead here, after the program's name: "keys make"
    std::string name;  // the last of them
    std::string help;
    std::vector<OptionWords> options;
    OptionWords argument;  // what may stand without an option in front; takes_value when anything
    std::vector<CommandWords> commands;
};

// Scripts for the program `nightreel`, ending in a line feed.
std::string bash_completion(const CommandWords& program);
std::string zsh_completion(const CommandWords& program);
std::string fish_completion(const CommandWords& program);

}  // namespace nightreel::cli
