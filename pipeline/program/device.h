#pragma once
// `nightreel-render device [NAME]`: whether a device can be used, and what it is. For people and
// for `nightreel doctor`. From main only.

#include <span>
#include <string>

namespace nightreel {

int run_device(std::span<const std::string> arguments);

}  // namespace nightreel
