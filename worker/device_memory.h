#pragma once
// How much memory a device has for tasks, asked of the system and of the GPU's driver: without
// LibTorch, so that a worker knows it before it starts its render child. Any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace nightreel {

// In bytes, of "cpu", "cuda:N" or "auto". Of the CPU what the machine has, or what this process may
// use of it where a control group says less. Of a GPU what its driver says; of one that the driver
// does not know as of the CPU: the render child will say what is missing. Of "auto" the lesser of
// both, for only the render child knows which of them it takes.
std::uint64_t device_memory_bytes(const std::string& device);

// Nothing where the driver's library is not there, or does not know so many.
std::optional<std::uint64_t> gpu_memory_bytes(int number,
                                              const std::string& driver = "libcuda.so.1");

// The least that the memory controllers, of version 2 or 1, allow the groups that `membership`
// names ("/proc/self/cgroup") and those above them; `root` is where they are mounted. Nothing
// without a limit.
std::optional<std::uint64_t> control_group_bytes(const std::filesystem::path& membership,
                                                 const std::filesystem::path& root);

}  // namespace nightreel
