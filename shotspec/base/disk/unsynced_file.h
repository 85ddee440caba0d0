#pragma once
// Files in a folder that nobody reads before its owner has synced all of it at once
// (pipeline/store/artifact_store.h: seal): an fsync for each frame of a take would cost more than
// writing it. Any thread. Errors as in shotspec/base/files.h.

#include <filesystem>
#include <span>
#include <string_view>

namespace nightreel {

// Neither aside nor synced: whoever dies meanwhile leaves a part of the file under its name.
void write_file_unsynced(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_unsynced(const std::filesystem::path& path, std::string_view text);

}  // namespace nightreel
