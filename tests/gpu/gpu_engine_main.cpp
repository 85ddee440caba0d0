// What of nightreel-render needs LibTorch alone, for machines that have nothing else: `device`,
// `parity` and `bench`, with the same arguments. tests/gpu/check.py runs it.

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "pipeline/bench/bench.h"
#include "pipeline/parity/run_parity.h"
#include "pipeline/program/device.h"
#include "shotspec/base/error.h"
#include "shotspec/base/processor.h"

namespace {

int run(std::span<const std::string> arguments) {
    const std::string name = arguments.empty() ? "" : arguments[0];
    if (name == "device") return nightreel::run_device(arguments.subspan(1));
    if (name == "parity") return nightreel::run_parity(arguments.subspan(1));
    if (name == "bench") return nightreel::run_bench(arguments.subspan(1));
    throw nightreel::Error(nightreel::ErrorKind::usage, "usage: gpu_engine device|parity|bench");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        nightreel::limit_tensor_libraries();
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const nightreel::Error& error) {
        fmt::print(stderr, "gpu_engine: {}\n", error.what());
        return nightreel::exit_code_of(error.kind());
    } catch (const std::exception& error) {
        const std::string text = error.what();
        fmt::print(stderr, "gpu_engine: {}\n", text.substr(0, text.find('\n')));
        return nightreel::exit_code_of(nightreel::ErrorKind::internal);
    }
}
