#include "pipeline/picture/upright.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "shotspec/base/check.h"

namespace nightreel {

FrameRgb upright(FrameRgb stored, int orientation) {
    NIGHTREEL_CHECK(orientation >= 1 && orientation <= 8, "an EXIF orientation");
    if (orientation == 1) return stored;
    // From 5 on the stored rows are the picture's columns.
    const bool lies = orientation > 4;
    const bool from_right =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_below =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    FrameRgb picture{stored.width, stored.height, {}};
    if (lies) std::swap(picture.width, picture.height);
    picture.rgb.reserve(stored.rgb.size());
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            const int along = lies ? y : x;
            const int down = lies ? x : y;
            const int column = from_right ? stored.width - 1 - along : along;
            const int row = from_below ? stored.height - 1 - down : down;
            const std::ptrdiff_t at = (std::ptrdiff_t{row} * stored.width + column) * 3;
            const auto pixel = stored.rgb.begin() + at;
            picture.rgb.insert(picture.rgb.end(), pixel, pixel + 3);
        }
    }
    return picture;
}

}  // namespace nightreel
