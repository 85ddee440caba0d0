#include "pipeline/render_device.h"

#include <cstdio>

#include <fmt/format.h>

#include "pipeline/model/device.h"
#include "pipeline/model/precision.h"

namespace nightreel {

int run_device(std::span<const std::string> arguments) {
    const c10::Device device = open_device(arguments.empty() ? "auto" : arguments.front());
    const ProcessorFacts processor = processor_facts();
    fmt::print("{}\n",
               device.is_cuda() ? cuda_device_name(device)
                                : processor.kind + " " + processor.instructions);
    return 0;
}

}  // namespace nightreel
