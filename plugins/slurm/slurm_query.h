#pragma once
// What Slurm says of a night, from squeue alone: it needs no slurmdbd. Units that Slurm has
// forgotten (MinJobAge) are missing. Pure but for `run`, any thread.

#include "plugins/farm_manager.h"

namespace nightreel {

// Error{unreachable} when slurmctld does not answer.
ManagerReport slurm_query(const ManagerJob& job,
                          const ManagersSection& site,
                          const Submission& submission,
                          const RunCommand& run);

}  // namespace nightreel
