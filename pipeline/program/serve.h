#pragma once
// `nightreel-render --serve`: a warm child of a worker. Orders come as lines on standard input,
// progress, results and failures go as lines to standard output. Ends when the worker closes the
// pipe or sends SIGTERM.

#include <span>
#include <string>

namespace nightreel {

// Returns the exit code. Takes standard output for itself: whatever a library prints there goes to
// standard error from now on. `--digests FILE` is where digests of model files are remembered.
int run_serve(std::span<const std::string> arguments);

}  // namespace nightreel
