#include "shotspec/base/utf8.h"

#include <cstdint>

namespace nightreel {
namespace {

bool continues(char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

std::string cleaned(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bytes = utf8_sequence_bytes(text);
        if (bytes == 0) {
            clean += '?';
        } else {
            clean += text.substr(0, bytes);
        }
        text.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return clean;
}

}  // namespace

std::size_t utf8_sequence_bytes(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return 0;
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!continues(text[i])) return 0;
    }
    const auto second = static_cast<std::uint8_t>(text[1]);
    const bool too_long = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool too_large = first == 0xF4 && second >= 0x90;
    return too_long || surrogate || too_large ? 0 : bytes;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes = utf8_sequence_bytes(text);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

std::string utf8_tail(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        text.remove_prefix(text.size() - bytes_max);
        while (!text.empty() && continues(text[0])) text.remove_prefix(1);
    }
    return cleaned(text);
}

std::string utf8_head(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        std::size_t end = bytes_max;
        while (end > 0 && continues(text[end])) --end;
        text = text.substr(0, end);
    }
    return cleaned(text);
}

}  // namespace nightreel
