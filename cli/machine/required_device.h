#pragma once
// Whether this machine has a device and runs a precision on it, asked before the first task.

#include <cstdint>
#include <optional>
#include <string>

#include "cli/verbs.h"
#include "shotspec/card/precision_policy.h"

namespace nightreel::cli {

// Error{usage} when `device` is no name of a device. Error{unavailable} when this machine lacks it,
// or the device lacks the precision, with what is available. Starts the render program only when
// the answer is not known without it.
void require_device(const Surroundings& surroundings,
                    const std::string& device,
                    const std::optional<PrecisionPolicy>& precision);

// What `reproducible: strict` ties shots to that this machine renders: what `nightreel-render
// class` prints. Starts the render program. Errors as require_device().
std::string machine_class(const Surroundings& surroundings,
                          const std::string& device,
                          std::int32_t threads,
                          const std::optional<PrecisionPolicy>& precision);

}  // namespace nightreel::cli
