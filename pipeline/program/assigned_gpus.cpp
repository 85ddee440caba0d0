#include "pipeline/program/assigned_gpus.h"

#include <array>
#include <cstdlib>

namespace nightreel {
namespace {

constexpr const char* visible_devices = "CUDA_VISIBLE_DEVICES";

constexpr auto manager_variables =
    std::to_array<const char*>({"CUE_GPU_CORES", "SLURM_STEP_GPUS", "SLURM_JOB_GPUS"});

// "0 2", "0, 2" and "0,2" are one list.
std::string comma_list(const std::string& text) {
    std::string list;
    bool between = false;
    for (const char character : text) {
        if (character == ' ' || character == ',') {
            between = true;
            continue;
        }
        if (between && !list.empty()) list += ',';
        between = false;
        list += character;
    }
    return list;
}

}  // namespace

std::optional<std::string> assigned_gpus(const EnvironmentLookup& environment) {
    if (environment(visible_devices) != nullptr) return {};
    for (const char* name : manager_variables) {
        const char* value = environment(name);
        if (value == nullptr) continue;
        std::string list = comma_list(value);
        if (!list.empty()) return list;
    }
    return {};
}

void see_assigned_gpus_only(const EnvironmentLookup& environment) {
    const auto gpus = assigned_gpus(environment);
    if (gpus) ::setenv(visible_devices, gpus->c_str(), 0);
}

}  // namespace nightreel
