#pragma once
// Subcommands of nightreel-render that are programs of their own, so that rendering needs neither
// to be built nor to be loaded with them: nightreel-parity and nightreel-bench, in the same folder.

#include <span>
#include <string>

namespace nightreel {

// Becomes the program that arguments[0] names ("parity" is nightreel-parity). Throws
// Error{unavailable} when it is not there; returns in no other case.
int become_sibling(std::span<const std::string> arguments);

}  // namespace nightreel
