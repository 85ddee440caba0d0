#pragma once
// How large a picture from outside may be, so that a damaged or hostile header cannot ask for all
// memory. Pure; any thread.

#include <cstdint>
#include <string>

namespace nightreel {

inline constexpr std::int64_t picture_side_max = 16384;
inline constexpr std::int64_t picture_pixels_max = 64 * 1024 * 1024;

// Throws Error{bad_input} that begins with `name`.
void refuse_sides(const std::string& name, std::int64_t width, std::int64_t height);

}  // namespace nightreel
