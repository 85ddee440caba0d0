// completion: scripts that let a shell complete commands, options and their values. They are made
// from the same descriptions as help and parsing, and so cannot fall behind them.
#include <memory>

#include "cli/command_line.h"
#include "cli/command_words.h"
#include "cli/machine/completion_text.h"
#include "cli/verbs.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

// Every command has it; the reader of the command line adds it.
OptionWords help_option() {
    return {.names = {"-h", "--help"}, .help = "print this help"};
}

OptionWords words_of(const Option& option) {
    OptionWords words;
    words.names = names_of(option);
    words.help = option.meaning;
    words.takes_value = !std::holds_alternative<bool*>(option.target);
    words.takes_file = option.value == "FILE" || option.value == "DIR" || option.value == "MODEL";
    words.choices = option.choices;
    return words;
}

CommandWords words_of(const Command& command, const std::string& above) {
    CommandWords words;
    words.path = above.empty() ? command.name : above + " " + command.name;
    words.name = command.name;
    words.help = command.meaning;
    words.options.push_back(help_option());
    for (const Option& option : command.options) {
        if (option.names.starts_with('-')) {
            words.options.push_back(words_of(option));
        } else {
            words.argument = words_of(option);
        }
    }
    for (const Command& inner : command.commands) {
        words.commands.push_back(words_of(inner, words.path));
    }
    return words;
}

CommandWords words_of(const CommandLine& line) {
    CommandWords words;
    words.options = {help_option(), {.names = {"--version"}, .help = "print the version"}};
    for (const Command& command : line.commands) words.commands.push_back(words_of(command, ""));
    return words;
}

std::string completion_for(const std::string& shell, const CommandWords& program) {
    if (shell == "bash") return bash_completion(program);
    return shell == "zsh" ? zsh_completion(program) : fish_completion(program);
}

}  // namespace

Command completion_command(const CommandLine& line) {
    const auto shell = std::make_shared<std::string>();
    return {.name = "completion",
            .meaning = "print a completion script for a shell",
            .example = "source <(nightreel completion bash)",
            .options = {{.names = "shell",
                         .target = shell.get(),
                         .meaning = "bash, zsh or fish",
                         .value = "NAME",
                         .required = true,
                         .choices = {"bash", "zsh", "fish"}}},
            .run = [shell, &line] {
                answer("{}", completion_for(*shell, words_of(line)));
                return 0;
            }};
}

}  // namespace nightreel::cli
