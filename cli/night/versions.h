#pragma once
// Which version each shot gets below an output folder. Reads the records of published takes; one
// thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "shotspec/night/resolved_night.h"

namespace nightreel::cli {

// The version that already holds takes of the same spec, so that a night resumes and more takes
// join it; else one more than the highest there is. A shot whose template names no version gets 1.
std::map<std::string, std::int32_t> choose_versions(const ResolvedNight& night,
                                                    const std::filesystem::path& output_root);

}  // namespace nightreel::cli
