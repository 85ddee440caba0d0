#pragma once
// Flamenco 3: a job type that makes one task for each unit, and a job of that type. Pure, any
// thread. Source: Flamenco, pkg/api/flamenco-openapi.yaml (SubmittedJob) and its manual, "Job
// Types".

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager flamenco_manager();

}  // namespace nightreel
