#pragma once
// nightreel-bench: what the networks cost at true sizes, with given weights or with seeded
// random ones. Prints JSON lines. Call from main, once.

#include <span>
#include <string>

namespace nightreel {

int run_bench(std::span<const std::string> arguments);

}  // namespace nightreel
