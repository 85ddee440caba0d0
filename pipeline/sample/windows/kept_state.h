#pragma once
// The state of a take in windows, in a file between two attempts. One thread.

#include <filesystem>
#include <string>

#include "pipeline/sample/windows/windowed_sampler.h"

namespace nightreel {

// Goes on from the file if one is there that this device class has kept, and keeps each step in it
// by one rename. A file of another class, or a damaged one, is as none.
Resumption kept_in(const std::filesystem::path& file,
                   const std::string& device_class,
                   Solver solver);

}  // namespace nightreel
