#include "shotspec/picture/picture_reading.h"

namespace nightreel {

std::optional<PictureReading> reading_of(const PictureHeader& header, PictureGround ground) {
    PictureReading reading;
    if (header.orientation != 1) reading.orientation = header.orientation;
    if (header.is_windowed) reading.display_window = true;
    // An EXR's colour is multiplied by its alpha: taken alone, it lies on black.
    const bool lies_on_black = header.kind == PictureKind::exr && ground == PictureGround::black;
    if (header.has_alpha && !lies_on_black) reading.ground = ground;
    if (reading == PictureReading{}) return {};
    return reading;
}

}  // namespace nightreel
