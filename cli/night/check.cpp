#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
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
    report["night"] = asked.path;
    report["errors"] = count_of(diagnostics, Severity::error);
    report["warnings"] = count_of(diagnostics, Severity::warning);
    report["diagnostics"] = to_json_value(diagnostics);
    fmt::print("{}\n", report.dump(2));
    return is_accepted(asked, diagnostics) ? 0 : exit_code_of(ErrorKind::bad_input);
}

int check(const NightAsked& asked, const Surroundings& surroundings) {
    const CheckedNight checked = look_at_night(asked, surroundings);
    fmt::print(stderr, "{}", text_of(checked.diagnostics));
    const std::string counted = count_text(checked.diagnostics);
    if (!checked.night) throw Error(ErrorKind::bad_input, asked.path + ": " + counted);
    fmt::print("{}: {} shot{} of {}, {}\n",
               asked.path,
               checked.night->shots.size(),
               checked.night->shots.size() == 1 ? "" : "s",
               checked.night->show,
               counted);
    return is_accepted(asked, checked.diagnostics) ? 0 : exit_code_of(ErrorKind::bad_input);
}

}  // namespace

void add_check(Verbs& verbs) {
    CLI::App* verb =
        verbs.app.add_subcommand("check", "validate a night file: every error with its place");
    const auto asked = std::make_shared<CheckAsked>();
    add_night_options(*verb, asked->night);
    verb->add_flag("--json", asked->json, "print JSON");
    verb->callback([&verbs, asked] {
        verbs.chosen = [&verbs, asked] {
            const auto look = asked->json ? check_as_json : check;
            return look(asked->night, verbs.surroundings);
        };
    });
}

}  // namespace nightreel::cli
