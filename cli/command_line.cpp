#include "cli/command_line.h"

#include <algorithm>
#include <type_traits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_words.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel::cli {
namespace {

using Chosen = std::function<int()>;

// Refuses a word that is not among the choices, with the nearest one.
CLI::Validator one_of(const std::vector<std::string>& choices) {
    const auto check = [choices](const std::string& word) -> std::string {
        if (std::ranges::find(choices, word) != choices.end()) return {};
        return fmt::format("invalid value '{}': expected {}{}",
                           word,
                           listed(choices, "or"),
                           did_you_mean(word, choices));
    };
    return {check, fmt::format("{{{}}}", fmt::join(choices, ","))};
}

// Refuses a number that is too small or too large.
template <class Value>
CLI::Validator between(double least, double most) {
    const auto check = [least, most](const std::string& word) -> std::string {
        Value value{};
        const bool is_number = CLI::detail::lexical_cast(word, value);
        if (is_number && static_cast<double>(value) >= least &&
            static_cast<double>(value) <= most) {
            return {};
        }
        return fmt::format(
            "invalid value '{}': expected a number from {} to {}", word, least, most);
    };
    return {check, fmt::format("{} to {}", least, most)};
}

// Refuses what is no number.
template <class Value>
CLI::Validator number() {
    const auto check = [](const std::string& word) -> std::string {
        Value value{};
        if (CLI::detail::lexical_cast(word, value)) return {};
        return fmt::format("invalid value '{}': expected a {}number",
                           word,
                           std::is_integral_v<Value> ? "whole " : "");
    };
    return {check, ""};
}

CLI::Option* add_value(CLI::App& app, const Option& option) {
    return std::visit(
        [&](auto* target) -> CLI::Option* {
            using Value = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_same_v<Value, bool>) {
                return app.add_flag(option.names, *target, option.meaning);
            } else {
                CLI::Option* added = app.add_option(option.names, *target, option.meaning);
                if constexpr (std::is_arithmetic_v<Value>) {
                    const auto [least, most] = option.limits;
                    added->check(least != most ? between<Value>(least, most) : number<Value>());
                }
                return added;
            }
        },
        option.target);
}

void add_option(CLI::App& app, const Option& option) {
    CLI::Option* added = add_value(app, option);
    if (!option.value.empty()) added->type_name(option.value);
    if (option.required) added->required();
    if (option.shows_default) added->capture_default_str();
    if (!option.choices.empty()) added->check(one_of(option.choices));
    if (!option.excludes.empty()) added->excludes(app.get_option(option.excludes));
}

void add_command(CLI::App& parent, const Command& command, Chosen& chosen) {
    CLI::App* app = parent.add_subcommand(command.name, command.meaning);
    for (const Option& option : command.options) add_option(*app, option);
    if (!command.example.empty()) {
        app->footer(fmt::format("Example:\n  {}", command.example));
    }
    if (command.run) app->callback([&chosen, &command] { chosen = command.run; });
    if (!command.commands.empty()) app->require_subcommand(1);
    for (const Command& inner : command.commands) add_command(*app, inner, chosen);
}

}  // namespace

int run_command_line(const CommandLine& line, std::span<const std::string> arguments) {
    require_known_words(line.commands, arguments);
    CLI::App app(line.about, "nightreel");
    app.set_version_flag("--version", line.version);
    app.require_subcommand(1);
    Chosen chosen;
    for (const Command& command : line.commands) add_command(app, command, chosen);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 takes them
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::Success& asked_for_help) {
        return app.exit(asked_for_help);
    } catch (const CLI::ParseError& error) {
        app.exit(error);
        return exit_code_of(ErrorKind::usage);
    }
    return chosen();
}

}  // namespace nightreel::cli
