#pragma once
// What a farm file says, as the scheduler takes it. Pure, any thread.

#include "scheduler/server/run_server.h"
#include "shotspec/farm_config.h"

namespace nightreel::cli {

// All but key pairs, which are files of their own. What limits leave out is as it is preset.
ServerConfig settings_of(const SchedulerSection& section);

}  // namespace nightreel::cli
