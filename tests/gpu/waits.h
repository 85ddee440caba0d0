#pragma once
// How often this process has waited for a GPU. The program stands before the CUDA runtime in the
// order of symbols, so LibTorch's calls come by here; without a GPU none does. Any thread.

#include <cstdint>

namespace nightreel {

// Of streams, events, whole devices, and copies that return when they are done.
std::int64_t waits_for_device();

}  // namespace nightreel
