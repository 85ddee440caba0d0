#pragma once
// nightreel-bench approximations: what a model's step cache and a guidance that ends early
// cost and save, against exact sampling of the same segments. Prints JSON lines: the fitted
// coefficients, then one line a setting. Call from main, once.

#include <span>
#include <string>

namespace nightreel {

// Options after the word. Error{usage} says what there is.
int run_approximation_bench(std::span<const std::string> arguments);

}  // namespace nightreel
