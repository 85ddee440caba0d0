#include "pipeline/program/device.h"

#include <optional>

#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/tensor/precision_support.h"
#include "pipeline/model/tensor/tokens/operators.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/farm_config.h"

namespace nightreel {
namespace {

struct DeviceAsked {
    std::string device = "auto";
    std::optional<PrecisionPolicy> precision;
};

DeviceAsked parsed(std::span<const std::string> arguments) {
    DeviceAsked asked;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        if (arguments[at] != "--precision") {
            asked.device = arguments[at];
        } else if (at + 1 < arguments.size()) {
            asked.precision = precision_policy_named(arguments[++at]);
        } else {
            throw Error(ErrorKind::usage,
                        "usage: nightreel-render device [DEVICE] [--precision NAME]");
        }
    }
    return asked;
}

}  // namespace

int run_device(std::span<const std::string> arguments) {
    const DeviceAsked asked = parsed(arguments);
    if (!is_device_name(asked.device)) {
        throw Error(ErrorKind::usage,
                    fmt::format("invalid device '{}': expected auto, cpu or cuda:N", asked.device));
    }
    const c10::Device device = open_device(asked.device);
    if (asked.precision) require_support(*asked.precision, device);
    if (device.is_cpu()) {
        const ProcessorFacts processor = processor_facts();
        answer("{} {}\n", processor.kind, processor.instructions);
        return 0;
    }
    const auto missing = load_token_operators();
    answer("{}, {}\n",
           cuda_device_name(device),
           missing ? "without own kernels: " + *missing : "with own kernels");
    return 0;
}

}  // namespace nightreel
