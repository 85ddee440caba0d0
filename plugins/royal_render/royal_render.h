#pragma once
// Royal Render: a job of the submission file for each unit, or, where those are many, for each
// stage; frames are numbers of units. Pure, any thread. Source: royalrender.de/help, "rrJob submit
// xml file" and "Render config", and github.com/ynput/ayon-royalrender; not tried on Royal Render.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager royal_render_manager();

}  // namespace nightreel
