#pragma once
// 8-bit RGB PNG for people's eyes: contact sheets and thumbnails. Values are display-referred. Any
// thread.

#include <filesystem>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/base/digest.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

// Clamped to [0, 1]; written aside and renamed. The same picture is the same bytes.
Digest write_png(const std::filesystem::path& path, const FrameRgb& display);

// Any PNG as it is stored; one of 16 bits keeps its precision. Transparent parts are mixed with the
// ground in code values, as viewers do. A damaged file is Error{bad_input} that names it.
FrameRgb read_png(const std::filesystem::path& path, PictureGround ground = PictureGround::black);

}  // namespace nightreel
