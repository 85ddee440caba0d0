#pragma once
// OpenEXR as far as its header and its table of offsets tell: every chunk of the first part is
// looked at, none is decoded. Pure; any thread.

#include <string_view>

#include "shotspec/picture/picture_header.h"

namespace nightreel {

inline constexpr std::string_view exr_mark("\x76\x2f\x31\x01", 4);

// Of bytes that begin with the mark; errors as read_picture_header has them. Of a file of several
// parts the first one.
PictureHeader read_exr_header(std::string_view bytes);

}  // namespace nightreel
