#pragma once
// Which GPUs a farm manager has given to this process, where it says so in a variable of its own
// and leaves CUDA_VISIBLE_DEVICES to its users.

#include <functional>
#include <optional>
#include <string>

namespace nightreel {

using EnvironmentLookup = std::function<const char*(const char* name)>;

// What CUDA_VISIBLE_DEVICES has to be: OpenCue's CUE_GPU_CORES or Slurm's SLURM_STEP_GPUS and
// SLURM_JOB_GPUS, as "0,2". Nothing when it is set already or no manager says anything. Pure.
std::optional<std::string> assigned_gpus(const EnvironmentLookup& environment);

// Sets the variable. Before the first call of CUDA, and before any other thread.
void see_assigned_gpus_only(const EnvironmentLookup& environment);

}  // namespace nightreel
