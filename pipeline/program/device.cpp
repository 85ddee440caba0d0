#include "pipeline/program/device.h"

#include <cstdio>

#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/tensor/token_operators.h"

namespace nightreel {

int run_device(std::span<const std::string> arguments) {
    const c10::Device device = open_device(arguments.empty() ? "auto" : arguments.front());
    if (device.is_cpu()) {
        const ProcessorFacts processor = processor_facts();
        fmt::print("{} {}\n", processor.kind, processor.instructions);
        return 0;
    }
    const auto missing = load_token_operators();
    fmt::print("{}, {}\n",
               cuda_device_name(device),
               missing ? "without own kernels: " + *missing : "with own kernels");
    return 0;
}

}  // namespace nightreel
