#pragma once
// What a farm manager, or the tool that submitted the night, says in variables of the environment.
// A plain value, read in main.

#include <optional>
#include <string>

namespace nightreel {

struct FarmEnvironment {
    std::string submission = {};           // NIGHTREEL_SUBMISSION: UUID of the submission
    std::optional<std::string> gpus = {};  // CUDA_VISIBLE_DEVICES
};

}  // namespace nightreel
