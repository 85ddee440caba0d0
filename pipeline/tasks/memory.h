#pragma once
// The most memory that this process held since a task began. A warm process runs many tasks, so the
// mark is set back before each. One thread.

#include <cstdint>

namespace nightreel {

void reset_peak_memory();

// In bytes. Where the mark cannot be set back it is that of the whole process.
std::int64_t peak_memory_bytes();

}  // namespace nightreel
