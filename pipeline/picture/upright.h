#pragma once
// Pictures that are stored turned or mirrored, as cameras store them. Pure; any thread.

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// Undoes an EXIF orientation, 1 (nothing to do) to 8.
FrameRgb upright(FrameRgb stored, int orientation);

}  // namespace nightreel
