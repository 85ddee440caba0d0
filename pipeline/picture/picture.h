#pragma once
// Reference pictures that artists hand in. Any thread.

#include <filesystem>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

// A PNG, JPEG or EXR, told apart by its first bytes, as display-referred sRGB in [0, 1] and as a
// viewer shows it: turned upright by EXIF, the display window of an EXR, transparent parts on
// `ground`. An EXR is taken from its working space (Rec.709 when it names none) and clamped. A
// missing file is Error{unavailable}; one that is damaged, too large or of another kind is
// Error{bad_input} or Error{corrupt}; what shotspec/picture refuses is refused here. Every error
// names the file.
FrameRgb read_picture(const std::filesystem::path& path,
                      PictureGround ground = PictureGround::black);

}  // namespace nightreel
