#pragma once
// `nightreel-render parity CASE... [--write DIR]`: is this engine's arithmetic the reference's?
// Prints the largest error of every expected tensor beside its tolerance.

#include <span>
#include <string>

namespace nightreel {

// 0 when every tensor is inside its tolerance; 1 when one is not; 3 when a case was refused, as
// those with broken models must be.
int run_parity(std::span<const std::string> arguments);

}  // namespace nightreel
