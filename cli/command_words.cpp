#include "cli/command_words.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel::cli {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorKind::usage, what);
}

// The command that was most likely meant by a word that names none; empty when nothing is near.
std::string meant_by(const std::string& word, const std::vector<std::string>& names) {
    if (word.empty()) return {};
    if (word == "help" || word == "version") return "--" + word;
    if (auto near = nearest_word(word, names)) return *near;
    const auto longer = std::ranges::find_if(
        names, [&](const std::string& name) { return name.starts_with(word); });
    return longer == names.end() ? std::string() : *longer;
}

bool is_help(const std::string& word) {
    return word == "--help" || word == "-h";
}

// "-5" is a number.
bool is_option(const std::string& word) {
    return word.size() > 1 && word[0] == '-' &&
           std::isdigit(static_cast<unsigned char>(word[1])) == 0 && word[1] != '.';
}

[[noreturn]] void refuse_option(const std::string& name,
                                const std::vector<std::string>& known,
                                const std::string& help) {
    std::string meant;
    // "-v": of the options that begin with this letter; every other letter is as near.
    for (const std::string& one : known) {
        const bool is_short = name.size() == 2 && meant.empty();
        if (is_short && one.starts_with("--" + name.substr(1))) meant = one;
    }
    if (name.size() > 2) meant = nearest_word(name, known).value_or("");
    refuse(fmt::format("unknown option {}{}",
                       name,
                       meant.empty() ? "; " + help : fmt::format(": did you mean {}?", meant)));
}

bool is_flag(const Option& option) {
    return std::holds_alternative<bool*>(option.target);
}

// The words behind a command that has no commands below it.
class CommandWordsCheck {
  public:
    CommandWordsCheck(const Command& command, const std::string& path)
        : command_(command), help_(fmt::format("`nightreel {} --help` shows the options", path)) {
        for (const Option& option : command.options) {
            if (!option.names.starts_with('-')) {
                positional_.push_back(&option);
                continue;
            }
            for (const std::string& name : names_of(option)) known_.push_back(name);
        }
        known_.insert(known_.end(), {"--help", "-h"});
    }

    void check(std::span<const std::string> arguments) {
        if (std::ranges::any_of(arguments, is_help)) return look_at_options(arguments);
        look_at_options(arguments);
        require_arguments();
        for (const Option& option : command_.options) check_given(option);
    }

  private:
    const Option* option_named(const std::string& name) const {
        for (const Option& option : command_.options) {
            const auto names = names_of(option);
            if (std::ranges::find(names, name) != names.end()) return &option;
        }
        return nullptr;
    }

    void look_at_options(std::span<const std::string> arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const std::string& word = arguments[i];
            if (word == "--") {
                words_.insert(
                    words_.end(), arguments.begin() + static_cast<long>(i) + 1, arguments.end());
                return;
            }
            if (!is_option(word)) {
                words_.push_back(word);
                continue;
            }
            if (is_help(word)) continue;
            const bool is_long = word.starts_with("--");
            const std::size_t end = is_long ? std::min(word.find('='), word.size()) : 2;
            const std::string name = word.substr(0, end);
            const Option* const option = option_named(name);
            if (option == nullptr) refuse_option(is_long ? name : word, known_, help_);
            given_.insert(option);
            if (is_flag(*option) || end != word.size()) continue;
            if (++i == arguments.size()) {
                refuse(fmt::format("option {} requires a value: {} {}", name, name, option->value));
            }
        }
    }

    // The last argument may be given again and again.
    bool takes_more() const {
        return !positional_.empty() &&
               std::holds_alternative<std::vector<std::string>*>(positional_.back()->target);
    }

    void require_arguments() const {
        if (words_.size() > positional_.size() && !takes_more()) {
            refuse(fmt::format("unexpected argument '{}'; {}", words_[positional_.size()], help_));
        }
        for (std::size_t i = words_.size(); i < positional_.size(); ++i) {
            if (!positional_[i]->required) continue;
            refuse(fmt::format(
                "missing argument {}: {}; {}",
                positional_[i]->value.empty() ? positional_[i]->names : positional_[i]->value,
                positional_[i]->meaning,
                help_));
        }
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if (!words_[i].empty()) continue;
            const Option& option = *positional_[std::min(i, positional_.size() - 1)];
            refuse(fmt::format("argument {} is empty: expected {}",
                               option.value.empty() ? option.names : option.value,
                               option.meaning));
        }
    }

    void check_given(const Option& option) const {
        if (!option.names.starts_with('-')) return;
        const std::string name = names_of(option).back();
        const bool is_given = given_.contains(&option);
        if (option.required && !is_given) {
            refuse(fmt::format("option {} is required: {}; {}", name, option.meaning, help_));
        }
        if (!is_given || option.excludes.empty()) return;
        const Option* const other = option_named(option.excludes);
        if (given_.contains(other)) {
            refuse(fmt::format(
                "options {} and {} cannot be combined; give one of them", name, option.excludes));
        }
    }

    const Command& command_;
    std::string help_;
    std::vector<const Option*> positional_;
    std::vector<std::string> known_;
    std::vector<std::string> words_;
    std::set<const Option*> given_;
};

// CLI11 would print its general help for `nightreel sattus --help` and report success.
void check_below(const std::vector<Command>& commands,
                 const std::string& prefix,
                 std::span<const std::string> arguments) {
    const auto word = std::ranges::find_if(
        arguments, [](const std::string& text) { return !text.starts_with('-'); });
    const std::string help = fmt::format("`nightreel {}--help` lists the commands", prefix);
    std::vector<std::string> options = {"--help", "-h"};
    if (prefix.empty()) options.emplace_back("--version");
    for (auto before = arguments.begin(); before != word; ++before) {
        if (std::ranges::find(options, *before) == options.end()) {
            refuse_option(*before, options, help);
        }
    }
    if (word == arguments.end()) {
        if (!arguments.empty()) return;  // --help, --version
        refuse("no command given; " + help);
    }
    std::vector<std::string> names;
    for (const Command& command : commands) {
        names.push_back(command.name);
        if (command.name != *word) continue;
        const auto used = static_cast<std::size_t>(word - arguments.begin()) + 1;
        const auto rest = arguments.subspan(used);
        const std::string path = prefix + command.name;
        if (!command.commands.empty()) return check_below(command.commands, path + " ", rest);
        return CommandWordsCheck(command, path).check(rest);
    }
    const std::string meant = meant_by(*word, names);
    const std::string remedy =
        meant.empty() ? "; " + help : fmt::format(": did you mean '{}{}'?", prefix, meant);
    refuse(fmt::format("unknown command '{}{}'{}", prefix, *word, remedy));
}

}  // namespace

void require_known_words(const std::vector<Command>& commands,
                         std::span<const std::string> arguments) {
    check_below(commands, "", arguments);
}

std::vector<std::string> names_of(const Option& option) {
    std::vector<std::string> found;
    for (std::size_t at = 0; at <= option.names.size();) {
        const std::size_t comma = std::min(option.names.find(',', at), option.names.size());
        found.push_back(option.names.substr(at, comma - at));
        at = comma + 1;
    }
    return found;
}

}  // namespace nightreel::cli
