#pragma once
// A night that is submitted once more: what failed or was cancelled is tried again, what is paused
// goes on, and takes that were damaged or deleted since are published again. One thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/night/damaged_takes.h"
#include "scheduler/protocol/client.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

struct TakenUp {
    std::string state;        // of the job before
    std::uint64_t tasks = 0;  // that are run again
};

// `job` was submitted before, into the folder `output`. Error{not_allowed} says which command goes
// on with it, where the key may submit but not retry.
TakenUp take_up_again(wire::Client& client, std::uint64_t job, const std::filesystem::path& output);

// Has exactly these takes published again and says what is wrong with them. Returns how many tasks
// are run again.
std::uint64_t publish_again(wire::Client& client,
                            std::uint64_t job,
                            const std::vector<DamagedTake>& takes);

// Has the dailies written again when their folder is gone. `head` is that of the job's status.
std::uint64_t write_dailies_again(wire::Client& client, std::uint64_t job, const Json& head);

}  // namespace nightreel::cli
