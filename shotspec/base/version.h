#pragma once

// Of this release, as it stands in CMakeLists.txt.

namespace nightreel {

inline constexpr const char* nightreel_version = "0.1.0";

}  // namespace nightreel
