#pragma once
// Which version each shot is published as. A farm's scheduler gives the numbers, because another
// night may be on its way to the same place; what lies on disk is told to it. One thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scheduler/protocol/client.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel::cli {

// By name of the shot. A shot whose template names no version has 1.
using ShotVersions = std::map<std::string, std::int32_t>;

// By what lies below `output_root` alone: the version that already holds takes of the same
// specification, so that a night resumes and more takes join it; else one more than the highest.
ShotVersions choose_versions(const ResolvedNight& night, const std::filesystem::path& output_root);

// By the scheduler. `output_root` is where the submitter sees the farm's output; if it is not
// mounted there, the scheduler's own record decides. Throws as Client does.
ShotVersions ask_versions(wire::Client& client,
                          const ResolvedNight& night,
                          const std::filesystem::path& output_root);

}  // namespace nightreel::cli
