#pragma once
// What a PNG, JPEG or OpenEXR file says before anything of it is decoded: its size as a viewer
// shows it and how its pixels are stored. The chunks, segments or offset table are walked to their
// end, so that a truncated file is found here, without a codec. Pure; any thread.

#include <optional>
#include <string_view>

#include "shotspec/picture/exr_colour.h"

namespace nightreel {

enum class PictureKind { png, jpeg, exr };

struct PictureHeader {
    PictureKind kind = PictureKind::png;
    int width = 0;  // in pixels, as shown: turned upright, the display window of an EXR
    int height = 0;
    int orientation = 1;       // EXIF's, 1 to 8: how the stored pixels are turned; 1 is upright
    bool is_windowed = false;  // an EXR that stores another window than it displays
    bool has_alpha = false;
    double pixel_aspect = 1;  // width of a pixel to its height; of an EXR always 1
    std::optional<PicturePrimaries> primaries = {};  // of an EXR; absent: Rec.709
};

// What is not a picture that can be read is Error{bad_input}, said as what comes after its name:
// "is truncated; export it again".
PictureHeader read_picture_header(std::string_view bytes);

}  // namespace nightreel
