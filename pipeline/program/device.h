#pragma once
// `nightreel-render device [NAME] [--precision NAME]`: whether a device can be used, and with that
// precision, and what it is. For people, `nightreel doctor`, and workers before they start. From
// main only. Error{usage} for what is no name of a device, Error{unavailable} as open_device() and
// require_support().

#include <span>
#include <string>

namespace nightreel {

int run_device(std::span<const std::string> arguments);

// `nightreel-render class [NAME] [--threads N] [--precision NAME]`: what shots that are
// `reproducible: strict` are tied to. Errors as run_device.
int run_class(std::span<const std::string> arguments);

}  // namespace nightreel
