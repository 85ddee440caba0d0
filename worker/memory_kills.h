#pragma once
// How often the system has killed a process to get memory back, counted as near to the renderer as
// the system counts: in its control group (the worker's), else on the whole machine. Any thread.

#include <cstdint>
#include <filesystem>

namespace nightreel {

// Since the machine or the group was started; 0 where the system does not say. `root` is "/" but
// in tests.
std::uint64_t memory_kills(const std::filesystem::path& root = "/");

}  // namespace nightreel
