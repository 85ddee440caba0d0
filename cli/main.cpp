// nightreel: the command that people type.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/verbs.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr const char* version_text = "nightreel 0.1.0";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::vector<std::string> split_at_colons(const std::string& text) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(':', begin), text.size());
        if (end > begin) items.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return items;
}

// NIGHTREEL_MODELS, then what was installed with the program, then the tree it was built in.
std::vector<std::string> find_model_roots(const fs::path& program) {
    std::vector<std::string> roots = split_at_colons(environment("NIGHTREEL_MODELS"));
    const fs::path prefix = program.parent_path().parent_path();
    for (const fs::path& root :
         {prefix / "share/nightreel/models", prefix.parent_path() / "models"}) {
        if (fs::is_directory(root)) roots.push_back(root.string());
    }
    return roots;
}

int run(int argc, char** argv) {
    const SystemClock clock;
    const fs::path program = fs::read_symlink("/proc/self/exe");
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    const Surroundings surroundings{.clock = clock,
                                    .program = program.string(),
                                    .model_roots = find_model_roots(program),
                                    .farm_config = environment("NIGHTREEL_FARM"),
                                    .colour = terminal && environment("NO_COLOR").empty(),
                                    .terminal = terminal};
    CLI::App app(
        "Nightreel: a render farm for generated film.\n"
        "Begin with:  nightreel check NIGHT.yaml;  nightreel run NIGHT.yaml");
    app.set_version_flag("--version", version_text);
    app.require_subcommand(1);
    Verbs verbs{app, surroundings, {}};
    for (const auto add : {add_check,
                           add_plan,
                           add_run,
                           add_submit,
                           add_status,
                           add_list,
                           add_wait,
                           add_logs,
                           add_control,
                           add_serve,
                           add_worker,
                           add_keys,
                           add_schema,
                           add_doctor,
                           add_models}) {
        add(verbs);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked_for_help) {
        return app.exit(asked_for_help);
    } catch (const CLI::ParseError& error) {
        app.exit(error);
        return exit_code_of(ErrorKind::usage);
    }
    return verbs.chosen();
}

}  // namespace

std::string render_program(const Surroundings& surroundings) {
    return (fs::path(surroundings.program).parent_path() / "nightreel-render").string();
}

}  // namespace nightreel::cli

int main(int argc, char** argv) {
    try {
        return nightreel::cli::run(argc, argv);
    } catch (const nightreel::Error& error) {
        fmt::print(stderr, "nightreel: {}\n", error.what());
        return nightreel::exit_code_of(error.kind());
    } catch (const std::exception& error) {
        fmt::print(stderr, "nightreel: {}\n", error.what());
        return 1;
    }
}
