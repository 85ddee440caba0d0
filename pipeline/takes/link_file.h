#pragma once
// One more name for a file's bytes, or one more copy of them. Any thread.

#include <filesystem>

#include "shotspec/base/pulse.h"
#include "shotspec/link_policy.h"

namespace nightreel {

// `target` must not exist; on return its bytes are on disk. What is written to a target later never
// reaches `source`: a hard link, made only when asked for, makes both names read-only (0444).
// Error{unavailable} names both files.
void place_file(const std::filesystem::path& source,
                const std::filesystem::path& target,
                LinkPolicy policy,
                const Pulse& pulse);

// Makes a folder and those above it, and syncs each one that is new into its parent.
void create_folders(const std::filesystem::path& folder);

}  // namespace nightreel
