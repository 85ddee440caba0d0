#pragma once
// run.sh: the night on any machine with a shell, several units at once. Pure, any thread.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager shell_manager();

}  // namespace nightreel
