#include "shotspec/picture/picture_limits.h"

#include <fmt/format.h>

#include "shotspec/picture/refuse_picture.h"

namespace nightreel {

void check_picture_sides(std::int64_t width, std::int64_t height) {
    const bool sides_fit =
        width >= 1 && height >= 1 && width <= picture_side_max && height <= picture_side_max;
    if (sides_fit && width * height <= picture_pixels_max) return;
    refuse_picture(
        fmt::format("has {}x{} pixels; the limit is {} a side and {} in all: scale it down",
                    width,
                    height,
                    picture_side_max,
                    picture_pixels_max));
}

}  // namespace nightreel
