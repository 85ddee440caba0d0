#pragma once
// OpenCue: an outline as the XML that Cuebot launches, cjsl 1.15: one layer for each stage, one
// frame for each unit. Pure, any thread. Source: OpenCue, cuebot/src/main/resources/public/dtd/
// cjsl-1.15.dtd, which fixes the order of elements, and cuebot/.../service/JobSpec.java.

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager opencue_manager();

// As Cuebot keeps names of jobs, shots and layers: lower case, of letters, digits, periods and
// single underscores, at least three of them.
std::string opencue_name(std::string_view text);

// The layer of a stage; a stage with very many numbers has several.
std::string opencue_layer_name(const std::string& stage, std::size_t part);

}  // namespace nightreel
