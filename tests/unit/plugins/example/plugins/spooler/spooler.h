#pragma once
// task-spooler (tsp): a queue of jobs on one machine. Pure, any thread. Source: tsp(1).

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager spooler_manager();

}  // namespace nightreel
