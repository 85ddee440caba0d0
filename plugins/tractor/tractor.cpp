#include "plugins/tractor/tractor.h"

#include <set>

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the scripts of this folder

namespace nightreel {
namespace {

// Bad input (2, 3) fails on every blade, and what was cancelled (7) is not wanted.
constexpr const char* retried_exit_codes = "1 9 10 11";

std::string tcl_list(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + tcl_word(word);
    return text;
}

std::string command_of(const ManagerJob& job, const ManagersSection& site, const Unit& unit) {
    const std::string script = files_directory(job) + "/tractor/unit.sh";
    std::string text = fmt::format("RemoteCmd {} -retryrc {{{}}} -atleast {} -atmost {}",
                                   tcl_word(tcl_list({script, unit.name})),
                                   retried_exit_codes,
                                   site.threads,
                                   site.threads);
    const TractorSite& tractor = site.tractor;
    const bool runs_model = unit.resources.runs_model;
    const auto& service =
        runs_model && tractor.model_service ? tractor.model_service : tractor.service;
    if (service) text += fmt::format(" -service {}", tcl_word(*service));
    if (runs_model && !tractor.tags.empty()) {
        text += fmt::format(" -tags {}", tcl_word(tcl_list(tractor.tags)));
    }
    if (tractor.time_factor) {
        text += fmt::format(" -maxrunsecs {}",
                            time_limit_of(unit.resources.seconds, *tractor.time_factor));
    }
    return text;
}

// A task runs when those below it have succeeded; an Instance is a task that stands elsewhere.
std::string task_of(const ManagerJob& job, const ManagersSection& site, const Unit& unit) {
    std::set<std::uint32_t> others(unit.needs.begin(), unit.needs.end());
    others.insert(unit.after.begin(), unit.after.end());
    std::string text = fmt::format("    Task {} -subtasks {{\n", tcl_word(unit.name));
    for (const std::uint32_t other : others) {
        text += fmt::format("        Instance {}\n", tcl_word(job.units[other].name));
    }
    return text + fmt::format("    }} -cmds {{\n        {}\n    }}\n", command_of(job, site, unit));
}

// submit.sh puts the UUID into the comment.
std::string alf_of(const ManagerJob& job, const ManagersSection& site) {
    const TractorSite& tractor = site.tractor;
    std::string text = fmt::format(
        "##AlfredToDo 3.0\nJob -title {} -priority {} -comment {{nightreel NIGHTREEL_UUID}}",
        tcl_word("nightreel " + job.show),
        tractor.priority);
    if (!tractor.projects.empty()) {
        text += fmt::format(" -projects {}", tcl_word(tcl_list(tractor.projects)));
    }
    if (tractor.tier) text += fmt::format(" -tier {}", tcl_word(*tractor.tier));
    text += " -subtasks {\n";
    for (const Unit& unit : job.units) text += task_of(job, site, unit);
    return text + "}\n";
}

ManagerFiles tractor_files(const ManagerJob& job, const ManagersSection& site) {
    const std::string engine =
        site.tractor.engine ? shell_word("--engine=" + *site.tractor.engine) : std::string();
    return {.texts = {{"tractor/night.alf", alf_of(job, site)},
                      {"tractor/unit.sh",
                       filled(scripts::tractor_unit, {{"up", directory_from_files(job)}})},
                      {"submit.sh", filled(scripts::tractor_submit, {{"engine", engine}})}},
            .to_submit = "./submit.sh",
            .to_watch = "",
            .to_cancel = "",
            .names_place = true};
}

// Braces quote whatever stands in pairs of them, but for backslashes.
bool braces_quote(std::string_view text) {
    int depth = 0;
    for (const char character : text) {
        if (character == '{') ++depth;
        if (character == '}') --depth;
        if (depth < 0 || character == '\\') return false;
    }
    return depth == 0;
}

}  // namespace

std::string tcl_word(std::string_view text) {
    constexpr std::string_view special = " \t\n;$\"[]{}\\#";
    if (!text.empty() && text.find_first_of(special) == std::string_view::npos) {
        return std::string(text);
    }
    if (braces_quote(text)) return fmt::format("{{{}}}", text);
    std::string quoted;
    for (const char character : text) {
        if (special.find(character) != std::string_view::npos) quoted += '\\';
        quoted += character;
    }
    return quoted;
}

FarmManager tractor_manager() {
    return {.name = "tractor",
            .meaning = "Tractor 2: a task for each unit (.alf); export only, not tried on Tractor",
            .files = tractor_files};
}

}  // namespace nightreel
