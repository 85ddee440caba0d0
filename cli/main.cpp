// nightreel: the command that people type.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command_line.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/processor.h"
#include "shotspec/base/streams.h"
#include "shotspec/base/version.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

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

// What a variable names, then what was installed with the program, then the tree it was built in.
std::vector<std::string> find_roots(const fs::path& program,
                                    const char* variable,
                                    const char* folder) {
    std::vector<std::string> roots = split_at_colons(environment(variable));
    const fs::path prefix = program.parent_path().parent_path();
    for (const fs::path& root :
         {prefix / "share/nightreel" / folder, prefix.parent_path() / folder}) {
        if (fs::is_directory(root)) roots.push_back(root.string());
    }
    return roots;
}

int run(int argc, char** argv) {
    (void)processor_features();  // report an invalid NIGHTREEL_CPU here, not in a child process
    const SystemClock clock;
    const fs::path program = fs::read_symlink("/proc/self/exe");
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    const Surroundings surroundings{
        .clock = clock,
        .program = program.string(),
        .model_roots = find_roots(program, "NIGHTREEL_MODELS", "models"),
        .recipe_roots = find_roots(program, "NIGHTREEL_RECIPES", "recipes"),
        .farm_config = environment("NIGHTREEL_FARM"),
        .colour = terminal && environment("NO_COLOR").empty(),
        .terminal = terminal};
    CommandLine line{.about =
                         "Nightreel: a render farm for generated film.\n"
                         "Start with:  nightreel check NIGHT.yaml;  nightreel run NIGHT.yaml",
                     .version = fmt::format("nightreel {}", nightreel_version),
                     .commands = {}};
    for (const auto make : {check_command,
                            plan_command,
                            explain_command,
                            promote_command,
                            import_command,
                            run_command,
                            submit_command,
                            export_command,
                            collect_command,
                            status_command,
                            list_command,
                            wait_command,
                            logs_command}) {
        line.commands.push_back(make(surroundings));
    }
    std::ranges::move(control_commands(surroundings), std::back_inserter(line.commands));
    std::ranges::move(verdict_commands(surroundings), std::back_inserter(line.commands));
    for (const auto make : {review_command,
                            notes_command,
                            serve_command,
                            worker_command,
                            workers_command,
                            keys_command,
                            verify_command,
                            store_command,
                            schema_command,
                            doctor_command,
                            models_command,
                            recipes_command,
                            characters_command}) {
        line.commands.push_back(make(surroundings));
    }
    line.commands.push_back(completion_command(line));
    return run_command_line(line, std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace

Option json_option(bool& target) {
    return {.names = "--json", .target = &target, .meaning = "print JSON"};
}

std::string render_program(const Surroundings& surroundings) {
    return (fs::path(surroundings.program).parent_path() / "nightreel-render").string();
}

}  // namespace nightreel::cli

namespace {

// An answer that could not be written is found at the end: what was asked for is done by then.
int exit_code_with_answers(int code) {
    const std::string fault = nightreel::lost_answers();
    if (fault.empty()) return code;
    nightreel::say("nightreel: the answer cannot be written to stdout: {}\n", fault);
    return code == 0 ? nightreel::exit_code_of(nightreel::ErrorKind::internal) : code;
}

}  // namespace

int main(int argc, char** argv) {
    nightreel::prepare_standard_streams();
    try {
        return exit_code_with_answers(nightreel::cli::run(argc, argv));
    } catch (const nightreel::Error& error) {
        nightreel::say("nightreel: {}\n", error.what());
        return nightreel::exit_code_of(error.kind());
    } catch (const std::filesystem::filesystem_error& error) {
        const std::string path = error.path2().empty() ? error.path1() : error.path2();
        nightreel::say("nightreel: {}: {}\n", path, error.code().message());
        return nightreel::exit_code_of(nightreel::ErrorKind::unavailable);
    } catch (const std::exception& error) {
        nightreel::say("nightreel: {}\n", error.what());
        return 1;
    }
}
