#pragma once
// The value of an option --threads. Pure, any thread.

#include <cstdint>
#include <string>

namespace nightreel {

// Error{usage} for anything but a number from 1 to 1024.
std::int32_t threads_in(const std::string& text);

}  // namespace nightreel
