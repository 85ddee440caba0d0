#include "cli/machine/completion_text.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nightreel::cli {
namespace {

void for_each(const CommandWords& command, const std::function<void(const CommandWords&)>& visit) {
    visit(command);
    for (const CommandWords& below : command.commands) for_each(below, visit);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
    return text;
}

// One line of text inside the single quotes of bash and zsh, or of fish.
std::string in_quotes(const std::string& text) {
    return "'" + replaced(replaced(text, "\n", " "), "'", "'\\''") + "'";
}

std::string in_fish_quotes(const std::string& text) {
    return "'" + replaced(replaced(replaced(text, "\n", " "), "\\", "\\\\"), "'", "\\'") + "'";
}

std::string names_of_commands(const CommandWords& command) {
    std::vector<std::string> names;
    for (const CommandWords& below : command.commands) names.push_back(below.name);
    return fmt::format("{}", fmt::join(names, " "));
}

std::string names_of_options(const CommandWords& command) {
    std::vector<std::string> names;
    for (const OptionWords& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return fmt::format("{}", fmt::join(names, " "));
}

// Every path but the program's own, each in quotes.
std::string paths_in(const CommandWords& program, std::string_view between) {
    std::vector<std::string> paths;
    for_each(program, [&](const CommandWords& command) {
        if (!command.path.empty()) paths.push_back("'" + command.path + "'");
    });
    return fmt::format("{}", fmt::join(paths, between));
}

// What bash offers for the value of an option, or for an argument.
std::string bash_values(const OptionWords& option) {
    if (!option.choices.empty())
        return fmt::format("compgen -W '{}' -- \"$word\"", fmt::join(option.choices, " "));
    return option.takes_file ? "compgen -f -- \"$word\"" : "true";
}

std::string bash_cases_of_values(const CommandWords& program) {
    std::string cases;
    for_each(program, [&](const CommandWords& command) {
        for (const OptionWords& option : command.options) {
            if (!option.takes_value) continue;
            for (const std::string& name : option.names) {
                cases += fmt::format("        '{} {}') mapfile -t COMPREPLY < <({}); return ;;\n",
                                     command.path,
                                     name,
                                     bash_values(option));
            }
        }
    });
    return cases;
}

std::string bash_cases_of_words(const CommandWords& program) {
    std::string cases;
    for_each(program, [&](const CommandWords& command) {
        cases += fmt::format(
            "        '{}')\n            options='{}'\n            commands='{}'\n"
            "            arguments() {{ {}; }} ;;\n",
            command.path,
            names_of_options(command),
            names_of_commands(command),
            bash_values(command.argument));
    });
    return cases;
}

std::string zsh_name(const CommandWords& command) {
    return "_nightreel" + (command.path.empty() ? "" : "_" + replaced(command.path, " ", "_"));
}

std::string zsh_action(const OptionWords& option) {
    if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
    return option.takes_file ? "_files" : " ";
}

// An entry of _arguments; brackets and colons have a meaning of their own there.
std::string zsh_option(const OptionWords& option) {
    std::string help = option.help;
    for (const char* const special : {"\\", "[", "]", ":"}) {
        help = replaced(help, special, std::string("\\") + special);
    }
    const std::string value =
        option.takes_value ? fmt::format(":value:{}", zsh_action(option)) : std::string();
    std::string lines;
    for (const std::string& name : option.names) {
        const std::string others = fmt::format("({})", fmt::join(option.names, " "));
        const std::string entry = others + name + "[" + help + "]" + value;
        lines += fmt::format("        {} \\\n", in_quotes(entry));
    }
    return lines;
}

std::string zsh_function(const CommandWords& command) {
    std::string text = fmt::format("{}() {{\n", zsh_name(command));
    if (!command.commands.empty()) {
        text +=
            "    local context state line\n    typeset -A opt_args\n    local -a commands\n"
            "    commands=(\n";
        for (const CommandWords& below : command.commands) {
            text += fmt::format("        {}\n",
                                in_quotes(below.name + ":" + replaced(below.help, ":", "\\:")));
        }
        text += "    )\n";
    }
    text += command.commands.empty() ? "    _arguments -s \\\n" : "    _arguments -s -C \\\n";
    for (const OptionWords& option : command.options) text += zsh_option(option);
    if (command.commands.empty()) {
        return text + fmt::format("        '*:argument:{}'\n}}\n\n", zsh_action(command.argument));
    }
    text +=
        "        '1: :->command' '*:: :->below'\n    case $state in\n"
        "        command) _describe command commands ;;\n        below)\n"
        "            case $words[1] in\n";
    for (const CommandWords& below : command.commands) {
        text += fmt::format("                {}) {} ;;\n", below.name, zsh_name(below));
    }
    return text + "            esac ;;\n    esac\n}\n\n";
}

std::string fish_option(const CommandWords& command, const OptionWords& option) {
    std::string line =
        fmt::format("complete -c nightreel -n '__nightreel_at \"{}\"'", command.path);
    for (const std::string& name : option.names) {
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes_value) {
        line += " -r";
        if (!option.choices.empty()) {
            line += fmt::format(" -f -a '{}'", fmt::join(option.choices, " "));
        } else {
            line += option.takes_file ? " -F" : " -f";
        }
    }
    return line + " -d " + in_fish_quotes(option.help) + "\n";
}

}  // namespace

std::string bash_completion(const CommandWords& program) {
    return fmt::format(R"(# Completion for bash, printed by `nightreel completion bash`.
_nightreel() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command= options= commands= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{command:+$command }}${{COMP_WORDS[i]}}" in
            {paths}) command="${{command:+$command }}${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$command $before" in
{values}    esac
    case "$command" in
{words}    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    elif [[ -n $commands ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
    else
        mapfile -t COMPREPLY < <(arguments)
    fi
    unset -f arguments
}}
complete -o filenames -F _nightreel nightreel
)",
                       fmt::arg("paths", paths_in(program, "|")),
                       fmt::arg("values", bash_cases_of_values(program)),
                       fmt::arg("words", bash_cases_of_words(program)));
}

std::string zsh_completion(const CommandWords& program) {
    std::string text =
        "#compdef nightreel\n"
        "# Completion for zsh, printed by `nightreel completion zsh`.\n\n";
    for_each(program, [&](const CommandWords& command) { text += zsh_function(command); });
    // As a file of fpath it is called when it is loaded; as a script it has to say what it is for.
    return text +
           "if [[ $funcstack[1] == _nightreel ]]; then\n    _nightreel \"$@\"\nelse\n"
           "    compdef _nightreel nightreel\nfi\n";
}

std::string fish_completion(const CommandWords& program) {
    std::string text = fmt::format(
        R"(# Completion for fish, printed by `nightreel completion fish`.
function __nightreel_at
    set -l at
    for word in (commandline -opc)[2..-1]
        set -l longer (string join -- ' ' $at $word)
        if contains -- $longer {paths}
            set at $longer
        end
    end
    test "$at" = "$argv[1]"
end
complete -c nightreel -f
)",
        fmt::arg("paths", paths_in(program, " ")));
    for_each(program, [&](const CommandWords& command) {
        const std::string here =
            fmt::format("complete -c nightreel -n '__nightreel_at \"{}\"'", command.path);
        for (const CommandWords& below : command.commands) {
            text += fmt::format("{} -a {} -d {}\n", here, below.name, in_fish_quotes(below.help));
        }
        for (const OptionWords& option : command.options) text += fish_option(command, option);
        if (!command.argument.choices.empty()) {
            text += fmt::format("{} -a '{}'\n", here, fmt::join(command.argument.choices, " "));
        } else if (command.argument.takes_file) {
            text += here + " -F\n";
        }
    });
    return text;
}

}  // namespace nightreel::cli
