#pragma once
// The documents that are generated from the descriptions: docs/night.schema.json, docs/night.md,
// docs/farm.schema.json, docs/farm.md. A test compares the committed copies. Pure, any thread.

#include <string>

namespace nightreel {

std::string night_json_schema();
std::string night_reference_page();
std::string farm_json_schema();
std::string farm_reference_page();

}  // namespace nightreel
