#pragma once
// Afanasy (CGRU): a job of one block for each stage, one task for each unit, as the JSON that
// afserver takes over HTTP. Any thread. Source: CGRU, afanasy/src/libafanasy/blockdata.cpp,
// afanasy/src/server/{block,jobcontainer}.cpp.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager afanasy_manager();

}  // namespace nightreel
