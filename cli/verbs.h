#pragma once
// The commands of `nightreel`, one file each; main runs the one that was typed and turns an Error
// into its exit code. One thread.

#include <string>
#include <vector>

#include "cli/command.h"
#include "shotspec/base/clock.h"

namespace nightreel::cli {

struct CommandLine;

// What main knows of the surroundings and hands in.
struct Surroundings {
    const Clock& clock;
    std::string program;                    // absolute path of this program
    std::vector<std::string> model_roots;   // folders that hold folders of models, first wins
    std::vector<std::string> recipe_roots;  // folders that hold recipes, first wins
    std::string farm_config;                // NIGHTREEL_FARM: what --config is when it is not given
    bool colour = false;                    // stderr is a terminal and NO_COLOR is not set
    bool terminal = false;                  // stderr is a terminal
};

// The path of nightreel-render beside this program.
std::string render_program(const Surroundings& surroundings);

// The option --json of listings.
Option json_option(bool& target);

// One function a command. What they are given outlives what they return.
Command check_command(const Surroundings& surroundings);
Command import_command(const Surroundings& surroundings);
Command plan_command(const Surroundings& surroundings);
Command explain_command(const Surroundings& surroundings);
Command promote_command(const Surroundings& surroundings);
Command run_command(const Surroundings& surroundings);
Command serve_command(const Surroundings& surroundings);
Command worker_command(const Surroundings& surroundings);
Command submit_command(const Surroundings& surroundings);
Command export_command(const Surroundings& surroundings);
Command collect_command(const Surroundings& surroundings);
Command status_command(const Surroundings& surroundings);
Command list_command(const Surroundings& surroundings);
Command wait_command(const Surroundings& surroundings);
Command logs_command(const Surroundings& surroundings);
Command workers_command(const Surroundings& surroundings);  // drain, offline, online
Command keys_command(const Surroundings& surroundings);     // make, show, farm
Command schema_command(const Surroundings& surroundings);
Command verify_command(const Surroundings& surroundings);
Command store_command(const Surroundings& surroundings);  // usage, prune
Command doctor_command(const Surroundings& surroundings);
Command completion_command(const CommandLine& line);        // itself is one of the line's commands
Command models_command(const Surroundings& surroundings);   // list, inspect, check, import
Command recipes_command(const Surroundings& surroundings);  // list, show
Command characters_command(const Surroundings& surroundings);             // list, report
std::vector<Command> control_commands(const Surroundings& surroundings);  // cancel, pause, ...
std::vector<Command> verdict_commands(const Surroundings& surroundings);  // approve, note, ...
Command notes_command(const Surroundings& surroundings);                  // import, list, export
Command review_command(const Surroundings& surroundings);

}  // namespace nightreel::cli
