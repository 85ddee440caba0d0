#pragma once
// How large a picture from outside may be, so that a damaged or hostile header cannot ask for all
// memory. Pure; any thread.

#include <cstdint>

namespace nightreel {

inline constexpr std::int64_t picture_side_max = 16384;
inline constexpr std::int64_t picture_pixels_max = 64 * 1024 * 1024;

// Error{bad_input}, said as what comes after the picture's name: "has 20000x10 pixels; ...".
void check_picture_sides(std::int64_t width, std::int64_t height);

}  // namespace nightreel
