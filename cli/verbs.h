#pragma once
// The verbs of `nightreel`, one file each. A verb adds its options to the command line and says
// what to do when it is chosen; main runs it and turns an Error into its exit code. One thread.

#include <functional>
#include <string>
#include <vector>

#include "shotspec/base/clock.h"

namespace CLI {
class App;
}

namespace nightreel::cli {

// What main knows of the surroundings and hands in.
struct Surroundings {
    const Clock& clock;
    std::string program;                   // absolute path of this program
    std::vector<std::string> model_roots;  // folders that hold folders of models, first wins
    std::string farm_config;               // NIGHTREEL_FARM: what --config is when it is not given
    bool colour = false;                   // stderr is a terminal and NO_COLOR is not set
    bool terminal = false;                 // stderr is a terminal
};

// The path of nightreel-render beside this program.
std::string render_program(const Surroundings& surroundings);

struct Verbs {
    CLI::App& app;
    const Surroundings& surroundings;
    std::function<int()> chosen;
};

void add_check(Verbs& verbs);
void add_plan(Verbs& verbs);
void add_run(Verbs& verbs);
void add_serve(Verbs& verbs);
void add_worker(Verbs& verbs);
void add_submit(Verbs& verbs);
void add_status(Verbs& verbs);
void add_list(Verbs& verbs);
void add_wait(Verbs& verbs);
void add_logs(Verbs& verbs);
void add_control(Verbs& verbs);  // cancel, pause, resume, retry, priority
void add_keys(Verbs& verbs);
void add_schema(Verbs& verbs);
void add_doctor(Verbs& verbs);
void add_models(Verbs& verbs);  // list, inspect, check, import

}  // namespace nightreel::cli
