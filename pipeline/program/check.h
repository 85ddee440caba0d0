#pragma once
// `nightreel-render check MODEL`: whether the engine would open a folder, part by part, as JSON
// lines {"part": "vae", "fault": ""}. For `nightreel models check`. From main only.

#include <span>
#include <string>

namespace nightreel {

int run_check(std::span<const std::string> arguments);

}  // namespace nightreel
