#include <memory>

#include "cli/counted.h"
#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

struct CheckAsked {
    NightAsked night;
    bool json = false;
};

int check_as_json(const NightAsked& asked, const Surroundings& surroundings) {
    const std::vector<Diagnostic> diagnostics = look_at_night(asked, surroundings).diagnostics;
    Json report = Json::object();
    report["format"] = 1;
    report["night"] = asked.path;
    report["errors"] = count_of(diagnostics, Severity::error);
    report["warnings"] = count_of(diagnostics, Severity::warning);
    report["diagnostics"] = to_json_value(diagnostics);
    answer("{}\n", report.dump(2));
    return is_accepted(asked, diagnostics) ? 0 : exit_code_of(ErrorKind::bad_input);
}

int check(const NightAsked& asked, const Surroundings& surroundings) {
    const CheckedNight checked = look_at_night(asked, surroundings);
    say("{}", text_of(checked.diagnostics));
    const std::string problems = count_text(checked.diagnostics);
    if (!checked.night) throw Error(ErrorKind::bad_input, asked.path + ": " + problems);
    const std::string what =
        checked.is_register
            ? "characters and styles for other nights"
            : fmt::format("{} of {}",
                          counted(static_cast<std::int64_t>(checked.night->shots.size()), "shot"),
                          checked.night->show);
    answer("{}: {}, {}\n",
           asked.path,
           what,
           checked.diagnostics.empty() || is_accepted(asked, checked.diagnostics)
               ? problems
               : problems + "; --strict treats warnings as errors");
    return is_accepted(asked, checked.diagnostics) ? 0 : exit_code_of(ErrorKind::bad_input);
}

}  // namespace

Command check_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<CheckAsked>();
    Command command{.name = "check",
                    .meaning = "validate a night file: every error with line and column",
                    .example = "nightreel check night.yaml",
                    .options = night_options(asked->night),
                    .run = [asked, &surroundings] {
                        const auto look = asked->json ? check_as_json : check;
                        return look(asked->night, surroundings);
                    }};
    command.options.push_back(json_option(asked->json));
    return command;
}

}  // namespace nightreel::cli
