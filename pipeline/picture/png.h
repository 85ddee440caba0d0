#pragma once
// 8-bit RGB PNG for people's eyes: contact sheets and thumbnails. Values are display-referred. Any
// thread.

#include <filesystem>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/base/digest.h"

namespace nightreel {

// Clamped to [0, 1]; written aside and renamed. The same picture is the same bytes.
Digest write_png(const std::filesystem::path& path, const FrameRgb& display);

// Any PNG; one of 16 bits keeps its precision; transparent parts lie on black. A damaged file is
// Error{bad_input} that names it.
FrameRgb read_png(const std::filesystem::path& path);

}  // namespace nightreel
