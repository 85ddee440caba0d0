#pragma once
// JPEG as far as its segments tell. Pure; any thread.

#include <string_view>

#include "shotspec/picture/picture_header.h"

namespace nightreel {

inline constexpr std::string_view jpeg_mark = "\xff\xd8\xff";

// Of bytes that begin with the mark; errors as read_picture_header has them.
PictureHeader read_jpeg_header(std::string_view bytes);

}  // namespace nightreel
