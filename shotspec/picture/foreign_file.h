#pragma once
// Files of other formats that are given as pictures, told by their first bytes. Pure; any thread.

#include <string_view>

namespace nightreel {

// "a WebP picture"; empty for a format that is not known.
std::string_view foreign_format(std::string_view bytes);

}  // namespace nightreel
