#pragma once
// Tractor: the night as an .alf file: one task for each unit, which waits for others by naming
// them. Pure, any thread. Source: Pixar's Tractor documentation, "Job Scripting" and "Job Scripting
// Operators"; not tried on Tractor.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager tractor_manager();

// One word of a Tcl list.
std::string tcl_word(std::string_view text);

}  // namespace nightreel
