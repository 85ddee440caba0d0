#pragma once
// Text that was UTF-8 once, was read as another encoding ("cafÃ©"), and can be read back. Pure;
// any thread.

#include <string>
#include <string_view>

namespace nightreel {

// Whether some characters stand beside each other as they hardly do unless they were misread.
bool looks_misread(std::u32string_view text);

// Reads misread text back, as often as it was misread; other text is returned as it is.
std::u32string repair_misread(std::u32string text);

// Controls 0x80 to 0x9F as the characters that Windows has in their places.
std::u32string replace_c1_controls(std::u32string_view text);

}  // namespace nightreel
