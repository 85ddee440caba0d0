// nightreel-render: the program that runs models. A worker starts it as a child and keeps it warm;
// a person or a farm manager calls its subcommands.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/program/assigned_gpus.h"
#include "pipeline/program/check.h"
#include "pipeline/program/daemon/daemon.h"
#include "pipeline/program/device.h"
#include "pipeline/program/run_program.h"
#include "pipeline/program/serve.h"
#include "pipeline/program/sibling.h"
#include "pipeline/program/task.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace {

nightreel::FarmEnvironment farm_environment() {
    nightreel::FarmEnvironment environment;
    if (const char* uuid = std::getenv("NIGHTREEL_SUBMISSION")) environment.submission = uuid;
    if (const char* gpus = std::getenv("CUDA_VISIBLE_DEVICES")) environment.gpus = gpus;
    return environment;
}

int run_tasks(std::span<const std::string> arguments) {
    return nightreel::run_tasks(arguments, farm_environment());
}

int run_daemon(std::span<const std::string> arguments) {
    return nightreel::run_daemon(arguments, farm_environment());
}

struct Subcommand {
    std::string_view name;
    std::string_view arguments;
    std::string_view meaning;
    int (*run)(std::span<const std::string> arguments);
};

constexpr auto subcommands = std::to_array<Subcommand>({
    {"device",
     "[auto|cpu|cuda:0] [--precision NAME]",
     "check whether a device can be used, and print its name",
     nightreel::run_device},
    {"class",
     "[auto|cpu|cuda:0] [--threads N] [--precision NAME]",
     "print the device class: two machines of one class give the same bytes",
     nightreel::run_class},
    {"check",
     "MODEL",
     "check whether the engine can open a model folder, without reading the weights",
     nightreel::run_check},
    {"--serve",
     "[--digests FILE]",
     "run tasks that a worker writes to standard input",
     nightreel::run_serve},
    {"task",
     "JOBDIR TASK... [--device auto|cpu|cuda:0] [--threads N] [--models DIR] [--memory BYTES] "
     "[--precision NAME] [--store DIR] [--root NAME=DIR] [--map FROM=TO] "
     "[--map-rules FILE] [--unit NAME] [--via SOCKET]",
     "run tasks of an exported night, one after the other, up to the first failure",
     run_tasks},
    {"daemon",
     "start SOCKET [--idle SECONDS] | daemon stop SOCKET",
     "keep models open between calls of task --via SOCKET; it ends after an hour without any",
     run_daemon},
    {"parity",
     "CASE... [--device auto|cpu|cuda:0] [--write DIR]",
     "compare the engine with the reference implementation",
     nightreel::become_sibling},
    {"bench",
     "transformer|vae|text|approximations --model DIR | --random NAME ...",
     "measure time and memory of one network at real size",
     nightreel::become_sibling},
});

std::string line_of(const Subcommand& command) {
    return fmt::format("{} {}\n      {}\n", command.name, command.arguments, command.meaning);
}

std::string usage() {
    std::string text = "usage: nightreel-render SUBCOMMAND ...\n";
    for (const Subcommand& command : subcommands) text += "  " + line_of(command);
    return text;
}

std::string usage_of(const Subcommand& command) {
    return "usage: nightreel-render " + line_of(command);
}

bool is_help(const std::string& argument) {
    return argument == "--help" || argument == "-h";
}

int run(std::span<const std::string> arguments) {
    nightreel::see_assigned_gpus_only([](const char* name) { return std::getenv(name); });
    if (!arguments.empty()) {
        for (const Subcommand& command : subcommands) {
            if (command.name != arguments[0]) continue;
            const bool has_long_help = command.name == "bench";
            if (!has_long_help && std::ranges::any_of(arguments.subspan(1), is_help)) {
                nightreel::answer("{}", usage_of(command));
                return 0;
            }
            // A program of its own is told by its name.
            const bool sibling = command.run == nightreel::become_sibling;
            return command.run(sibling ? arguments : arguments.subspan(1));
        }
    }
    if (!arguments.empty() && is_help(arguments[0])) {
        nightreel::answer("{}", usage());
        return 0;
    }
    throw nightreel::Error(nightreel::ErrorKind::usage, usage());
}

}  // namespace

int main(int argc, char** argv) {
    return nightreel::run_program("nightreel-render", argc, argv, run);
}
