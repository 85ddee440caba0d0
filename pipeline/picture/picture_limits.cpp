#include "pipeline/picture/picture_limits.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

void refuse_sides(const std::string& name, std::int64_t width, std::int64_t height) {
    const bool sides_fit =
        width >= 1 && height >= 1 && width <= picture_side_max && height <= picture_side_max;
    if (sides_fit && width * height <= picture_pixels_max) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: is {}x{} pixels; at most {} a side and {} in all can be read",
                            name,
                            width,
                            height,
                            picture_side_max,
                            picture_pixels_max));
}

}  // namespace nightreel
