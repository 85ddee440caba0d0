#pragma once
// Names that stand in files of tensors. Pure; any thread.

#include <string_view>

namespace nightreel {

// Such names go into messages as they are, and a terminal obeys these characters.
constexpr bool has_control_characters(std::string_view name) {
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
    }
    return false;
}

}  // namespace nightreel
