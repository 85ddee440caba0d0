#pragma once
// A copy of a file that may take minutes to write. Any thread.

#include <filesystem>

#include "shotspec/base/pulse.h"

namespace nightreel {

// As copy_whole_file (shotspec/base/files.h), with a pulse for every megabyte. What the pulse
// throws leaves a part of the copy at `target`.
void copy_whole_file(const std::filesystem::path& source,
                     const std::filesystem::path& target,
                     const Pulse& pulse);

}  // namespace nightreel
