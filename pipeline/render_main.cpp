// nightreel-render: the program that runs models. A worker starts it as a child and keeps it warm;
// a person or a farm manager calls its subcommands.

#include <array>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "pipeline/parity/run_parity.h"
#include "pipeline/render_bench.h"
#include "pipeline/render_check.h"
#include "pipeline/render_device.h"
#include "pipeline/render_serve.h"
#include "pipeline/render_task.h"
#include "shotspec/base/error.h"

namespace {

struct Subcommand {
    std::string_view name;
    std::string_view arguments;
    std::string_view meaning;
    int (*run)(std::span<const std::string> arguments);
};

constexpr auto subcommands = std::to_array<Subcommand>({
    {"device",
     "[auto|cpu|cuda:0]",
     "whether a device can be used, and what it is",
     nightreel::run_device},
    {"check",
     "MODEL",
     "whether the engine would open a model folder; weights are not read",
     nightreel::run_check},
    {"--serve",
     "[--digests FILE]",
     "run the tasks that a worker writes to standard input",
     nightreel::run_serve},
    {"task",
     "JOBDIR TASK [--device auto|cpu|cuda:0] [--threads N] [--models DIR] [--memory BYTES] "
     "[--precision NAME]",
     "run one task of an exported night",
     nightreel::run_one_task},
    {"parity",
     "CASE... [--device auto|cpu|cuda:0] [--write DIR]",
     "compare this engine with a reference implementation",
     nightreel::run_parity},
    {"bench",
     "transformer|vae|text --model DIR | --random NAME ...",
     "time one network at true sizes",
     nightreel::run_bench},
});

std::string usage() {
    std::string text = "usage: nightreel-render SUBCOMMAND ...\n";
    for (const Subcommand& command : subcommands) {
        text +=
            fmt::format("  {} {}\n      {}\n", command.name, command.arguments, command.meaning);
    }
    return text;
}

int run(const std::vector<std::string>& arguments) {
    if (!arguments.empty()) {
        for (const Subcommand& command : subcommands) {
            if (command.name == arguments[0]) return command.run(std::span(arguments).subspan(1));
        }
    }
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
        fmt::print("{}", usage());
        return 0;
    }
    throw nightreel::Error(nightreel::ErrorKind::usage, usage());
}

}  // namespace

int main(int argc, char** argv) {
    using nightreel::ErrorKind;
    try {
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const nightreel::Error& error) {
        fmt::print(stderr, "nightreel-render: {}\n", error.what());
        return nightreel::exit_code_of(error.kind());
    } catch (const std::bad_alloc&) {
        fmt::print(stderr, "nightreel-render: out of memory\n");
        return nightreel::exit_code_of(ErrorKind::out_of_memory);
    } catch (const std::exception& error) {
        fmt::print(stderr, "nightreel-render: {}\n", error.what());
        return nightreel::exit_code_of(ErrorKind::internal);
    }
}
