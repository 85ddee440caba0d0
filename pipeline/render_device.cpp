#include "pipeline/render_device.h"

#include <cstdio>

#include <fmt/format.h>

#include "pipeline/model/device.h"
#include "pipeline/model/precision.h"

namespace nightreel {

int run_device(std::span<const std::string> arguments) {
    const c10::Device device = open_device(arguments.empty() ? "auto" : arguments.front());
    const PrecisionPolicy policy =
        device.is_cuda() ? PrecisionPolicy::bfloat16_diffusers : PrecisionPolicy::float32;
    fmt::print("{}\n", device_class(device, 1, policy));
    return 0;
}

}  // namespace nightreel
