#pragma once
// OpenCue: an outline as the XML that Cuebot launches, cjsl 1.15: one layer for each stage, one
// frame for each unit. Pure, any thread. Source: OpenCue, cuebot/src/main/resources/public/dtd/
// cjsl-1.15.dtd, which fixes the order of elements.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager opencue_manager();

// Text between two tags or in an attribute.
std::string xml_text(std::string_view text);

}  // namespace nightreel
