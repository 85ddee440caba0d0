#pragma once
// The orientation in a block of EXIF, as a JPEG's APP1 segment and a PNG's eXIf chunk hold it.
// Pure; any thread.

#include <string_view>

namespace nightreel {

// 1 to 8; 1 (upright) for a block without one or with one that makes no sense, as viewers take it.
// `block` begins with its byte order ("MM" or "II"), with or without "Exif\0\0" before it.
int exif_orientation(std::string_view block);

}  // namespace nightreel
