#pragma once
// `nightreel-parity CASE... [--device D] [--write DIR]`: is this engine's arithmetic the
// reference's? Prints the largest error of every expected tensor beside its tolerance.

#include <span>
#include <string>

namespace nightreel {

// 0 when every tensor is inside its tolerance and only broken models are refused; 1 when one is
// outside; 3 when a case is refused that should not be, or when only broken models were given.
int run_parity(std::span<const std::string> arguments);

}  // namespace nightreel
