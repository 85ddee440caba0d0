#pragma once
// Royal Render: for each stage of the night a job of the submission file, its frames the numbers
// of the units. Pure, any thread. Source: royalrender.de/help, "rrJob submit xml file" and "Render
// config", and github.com/ynput/ayon-royalrender; not tried on Royal Render.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager royal_render_manager();

}  // namespace nightreel
