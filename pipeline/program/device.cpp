#include "pipeline/program/device.h"

#include <optional>

#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/machine_class.h"
#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/tensor/precision_support.h"
#include "pipeline/model/tensor/tokens/operators.h"
#include "pipeline/program/threads.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/farm_config.h"

namespace nightreel {
namespace {

struct DeviceAsked {
    std::string device = "auto";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;
};

DeviceAsked parsed(std::span<const std::string> arguments, bool has_threads) {
    DeviceAsked asked;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& argument = arguments[at];
        const bool has_value = at + 1 < arguments.size();
        if (argument == "--precision" && has_value) {
            asked.precision = precision_policy_named(arguments[++at]);
        } else if (argument == "--threads" && has_threads && has_value) {
            asked.threads = threads_in(arguments[++at]);
        } else if (!argument.starts_with("--")) {
            asked.device = argument;
        } else {
            throw Error(
                ErrorKind::usage,
                fmt::format("usage: nightreel-render {} [--precision NAME]",
                            has_threads ? "class [DEVICE] [--threads N]" : "device [DEVICE]"));
        }
    }
    if (!is_device_name(asked.device)) {
        throw Error(ErrorKind::usage,
                    fmt::format("invalid device '{}': expected auto, cpu or cuda:N", asked.device));
    }
    return asked;
}

}  // namespace

int run_device(std::span<const std::string> arguments) {
    const DeviceAsked asked = parsed(arguments, false);
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

int run_class(std::span<const std::string> arguments) {
    const DeviceAsked asked = parsed(arguments, true);
    if (asked.precision) require_support(*asked.precision, open_device(asked.device));
    answer("{}\n", machine_class(asked.device, asked.threads, asked.precision));
    return 0;
}

}  // namespace nightreel
