#pragma once
// How large the review movie of a take is. Pure; any thread.

#include <algorithm>

#include "shotspec/base/check.h"
#include "shotspec/describe/units.h"

namespace nightreel {

inline constexpr int movie_lines_min = 540;

// By how much a take of that size is enlarged in its movie: the smallest whole factor that gives
// movie_lines_min lines; 1 for larger takes.
inline int movie_factor(PictureSize size) {
    NIGHTREEL_CHECK(size.width > 0 && size.height > 0, "a take has a size");
    return std::max(1, (movie_lines_min + size.height - 1) / size.height);
}

}  // namespace nightreel
