#pragma once
// An amount of memory or disk for people: "7.9 GiB". Pure; any thread.

#include <cstdint>
#include <string>

namespace nightreel {

// One digit after the point, in the largest unit that gives at least 1. Nothing below KiB.
std::string bytes_text(std::int64_t bytes);

}  // namespace nightreel
