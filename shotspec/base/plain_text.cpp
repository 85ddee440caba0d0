#include "shotspec/base/plain_text.h"

#include <algorithm>
#include <cstdint>

#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

// Bytes of the control character that `text` begins with; 0 when it begins with another one.
std::size_t control_bytes(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    if (first < 0x20 || first == 0x7F) return 1;
    if (first != 0xC2 || text.size() < 2) return 0;
    const auto second = static_cast<std::uint8_t>(text[1]);
    return second >= 0x80 && second <= 0x9F ? 2 : 0;
}

std::string without_controls(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bytes = control_bytes(text);
        const bool layout = text[0] == '\n' || text[0] == '\t';
        if (bytes == 0 || layout) plain += text[0];
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return plain;
}

}  // namespace

bool has_control_characters(std::string_view text) {
    for (; !text.empty(); text.remove_prefix(1)) {
        if (control_bytes(text) > 0) return true;
    }
    return false;
}

std::string plain_text(std::string_view text, std::size_t bytes_max) {
    return without_controls(utf8_head(text, bytes_max));
}

std::string plain_tail(std::string_view text, std::size_t bytes_max) {
    return without_controls(utf8_tail(text, bytes_max));
}

std::string plain_same_length(std::string_view text) {
    std::string plain = utf8_head(text, text.size());
    for (std::size_t i = 0; i < plain.size();) {
        const std::size_t bytes = control_bytes(std::string_view(plain).substr(i));
        const bool layout = plain[i] == '\n' || plain[i] == '\t';
        if (!layout) std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(i), bytes, ' ');
        i += std::max<std::size_t>(bytes, 1);
    }
    return plain;
}

std::string plain_line(std::string_view text, std::size_t bytes_max) {
    std::string line = plain_text(text, bytes_max);
    std::replace_if(
        line.begin(), line.end(), [](char byte) { return byte == '\n' || byte == '\t'; }, ' ');
    return line;
}

}  // namespace nightreel
