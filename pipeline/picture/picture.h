#pragma once
// Reference pictures that artists hand in. Any thread.

#include <cstdint>
#include <filesystem>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

// What a picture is read with all the same.
struct PictureFlaws {
    std::int64_t pixels_without_number = 0;  // NaN in an EXR, read as black
};

// A PNG, JPEG or EXR, told apart by its first bytes, as display-referred sRGB in [0, 1] and as a
// viewer shows it: turned upright by EXIF, the display window of an EXR, transparent parts on
// `ground`. An EXR is converted from its primaries (Rec.709 when it names none) and clamped;
// one that holds NaN alone is Error{bad_input}. A missing file is Error{unavailable}; one that is
// damaged, too large or of another kind is Error{bad_input} or Error{corrupt}; what
// shotspec/picture refuses is refused here. Every error names the file.
FrameRgb read_picture(const std::filesystem::path& path,
                      PictureGround ground = PictureGround::black,
                      PictureFlaws* flaws = nullptr);

// An EXR as scene-linear Rec.709, converted from its primaries and not clamped; one that holds a
// NaN or an infinity is Error{bad_input}. Else as above.
FrameRgb read_scene_picture(const std::filesystem::path& path);

}  // namespace nightreel
