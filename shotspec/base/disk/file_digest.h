#pragma once
// The digest of a file that may take minutes to read. Any thread.

#include <filesystem>

#include "shotspec/base/digest.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

// As digest_of_file (shotspec/base/digest.h), with a pulse for every few megabytes.
Digest digest_of_file(const std::filesystem::path& path, const Pulse& pulse);

}  // namespace nightreel
