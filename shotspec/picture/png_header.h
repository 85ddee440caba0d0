#pragma once
// PNG as far as its chunks tell; the checksum of every chunk that makes the picture is compared.
// Pure; any thread.

#include <string_view>

#include "shotspec/picture/picture_header.h"

namespace nightreel {

inline constexpr std::string_view png_mark("\x89PNG\r\n\x1a\n", 8);

// Of bytes that begin with the mark; errors as read_picture_header has them.
PictureHeader read_png_header(std::string_view bytes);

}  // namespace nightreel
