#pragma once
// `nightreel-render daemon start|stop SOCKET`: a process that keeps models open between the calls
// of `nightreel-render task JOBDIR TASK... --via SOCKET`, one row of tasks at a time, in the order
// in which they come. It has the GPUs and the environment of `daemon start`; folder, device and all
// else are the task's own. What a library prints goes to SOCKET.log, which is also the lock that
// tells a living daemon from a socket that was left over.
//
// It ends when it is stopped, by SIGTERM, after an hour without a task, and after a failure that
// may have left it in a bad state. A task whose client dies or is stopped is stopped.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "pipeline/program/farm_environment.h"

namespace nightreel {

struct DaemonArguments {
    bool starts = true;  // else it stops one
    std::filesystem::path socket;
    std::chrono::seconds idle_max{3'600};
};

// Error{usage} says what is wrong. Pure.
DaemonArguments daemon_arguments_of(std::span<const std::string> arguments);

// `start` returns in the caller's process when the daemon accepts tasks, and in the daemon's when
// it ends; Error{usage} when one runs there already. `stop` stops the task that runs and returns
// when the daemon has ended; 0 also when there was none. From main.
int run_daemon(std::span<const std::string> arguments, const FarmEnvironment& environment);

}  // namespace nightreel
