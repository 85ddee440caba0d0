#pragma once
// One more name for a file's bytes: a hard link where the file system allows it, else a copy. Any
// thread.

#include <filesystem>

namespace nightreel {

// `target` must not exist. On return its bytes are on disk. Error{unavailable} names the file.
void link_or_copy(const std::filesystem::path& source, const std::filesystem::path& target);

// Makes a folder and those above it, and syncs each one that is new into its parent.
void create_folders(const std::filesystem::path& folder);

}  // namespace nightreel
