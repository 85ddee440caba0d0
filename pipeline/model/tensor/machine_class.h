#pragma once
// What a machine is before any model is opened: the same text on two machines means that a model's
// results are the same bytes on both. Values.

#include <optional>
#include <string>

#include "shotspec/card/precision_policy.h"

namespace c10 {
struct Device;
}

namespace nightreel {

// Chip, instruction set and threads: a device class (precision.h) without the precision.
std::string machine_class(const c10::Device& device, int threads);

// With the precision where one is asked for; elsewhere it follows from the machine and the model.
// Error{unavailable} as open_device().
std::string machine_class(const std::string& device,
                          int threads,
                          const std::optional<PrecisionPolicy>& asked);

}  // namespace nightreel
