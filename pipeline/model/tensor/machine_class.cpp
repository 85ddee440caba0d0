#include "pipeline/model/tensor/machine_class.h"

#include <c10/core/Device.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/tensor/tokens/operators.h"

namespace nightreel {

std::string machine_class(const c10::Device& device, int threads) {
    const ProcessorFacts processor = processor_facts();
    const std::string text =
        fmt::format("cpu {} {} threads={}", processor.kind, processor.instructions, threads);
    if (device.is_cpu()) return text;
    // Noise and the text's ids are made on the CPU, so its kind stays in the name.
    return fmt::format("{} {} | {}",
                       cuda_device_name(device),
                       has_token_operators() ? "own-kernels" : "plain-kernels",
                       text);
}

std::string machine_class(const std::string& device,
                          int threads,
                          const std::optional<PrecisionPolicy>& asked) {
    const std::string text = machine_class(open_device(device), threads);
    return asked ? fmt::format("{} {}", text, word_of(*asked)) : text;
}

}  // namespace nightreel
