#include "shotspec/picture/picture_reading.h"

namespace nightreel {

std::optional<PictureReading> reading_of(const PictureHeader& header, PictureGround ground) {
    PictureReading reading;
    if (header.orientation != 1) reading.orientation = header.orientation;
    if (header.is_windowed) reading.display_window = true;
    // An EXR's colour is multiplied by its alpha: taken alone, it lies on black.
    const bool lies_on_black = header.kind == PictureKind::exr && ground == PictureGround::black;
    if (header.has_alpha && !lies_on_black) reading.ground = ground;
    // ACES's spaces were converted from the beginning.
    const bool is_of_aces =
        header.primaries && (are_same_primaries(*header.primaries, ap0_picture_primaries) ||
                             are_same_primaries(*header.primaries, ap1_picture_primaries));
    if (header.primaries && !is_of_aces) reading.own_primaries = true;
    if (reading == PictureReading{}) return {};
    return reading;
}

}  // namespace nightreel
