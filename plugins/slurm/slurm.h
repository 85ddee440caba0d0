#pragma once
// Slurm from 22.05 on: for each stage of the night a job array over its takes. Pure, any thread.
// Options as in sbatch(1); what a cluster does with them was tried on Slurm 22.05.8.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager slurm_manager();

}  // namespace nightreel
