#pragma once
// A night that is submitted once more: what failed or was cancelled is tried again, what is paused
// goes on, and takes that somebody removed since are published again. One thread.

#include <cstdint>
#include <filesystem>
#include <string>

#include "pipeline/plan/plan_night.h"
#include "scheduler/protocol/client.h"

namespace nightreel::cli {

struct TakenUp {
    std::string state;        // of the job before
    std::uint64_t tasks = 0;  // that are run again
};

// `job` was submitted before, from the same plan, into the folder `output`. Error{not_allowed} says
// which command goes on with it, where the key may submit but not retry.
TakenUp take_up_again(wire::Client& client,
                      std::uint64_t job,
                      const NightPlan& plan,
                      const std::filesystem::path& output);

}  // namespace nightreel::cli
