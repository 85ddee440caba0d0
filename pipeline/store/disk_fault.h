#pragma once
// Whether a disk takes the files of a task: the one judge of that, for workers before each task and
// while they have none, and for single tasks. Any thread.

#include <cstdint>
#include <filesystem>
#include <string>

namespace nightreel {

// Of the disk of a store, where nobody set another limit.
inline constexpr std::uint64_t store_free_bytes_default = std::uint64_t{512} << 20;

// Why files cannot be written to a folder: it is not there, read-only, or has too little free
// space. Empty when they can be. Without figures that change from one moment to the next.
std::string disk_fault(const std::filesystem::path& folder, std::uint64_t free_bytes_min);

}  // namespace nightreel
