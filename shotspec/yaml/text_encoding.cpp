#include "shotspec/yaml/text_encoding.h"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

// One wrong encoding makes thousands of wrong bytes; the first few tell it.
constexpr int encoding_complaints_max = 10;

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

bool is_utf16(std::string_view text) {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

// Walks over a text and knows line and column of each byte.
struct Walker {
    std::string_view text;
    Place place;
    std::size_t at = 0;
    bool indenting = true;  // only blanks so far on this line
    bool tab_told = false;  // on this line

    void advance(std::size_t bytes) {
        if (text[at] == '\n') {
            ++place.line;
            place.column = 1;
            indenting = true;
            tab_told = false;
        } else {
            if (text[at] != ' ' && text[at] != '\t') indenting = false;
            place.column += static_cast<std::int32_t>(bytes);
        }
        at += bytes;
    }

    bool line_is_blank() const {
        const std::size_t next = text.find_first_not_of(" \t\r", at);
        return next == std::string_view::npos || text[next] == '\n' || text[next] == '#';
    }
};

// What is wrong with the byte that the walker stands on; empty when nothing is.
std::string wrong_byte(Walker& walker, std::size_t sequence_bytes) {
    const std::uint8_t byte = byte_at(walker.text, walker.at);
    if (sequence_bytes == 0) {
        return fmt::format("byte 0x{:02X} is not UTF-8; save the file as UTF-8", byte);
    }
    if (byte == 0) return "a NUL byte; this is not a text file";
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (control || byte == 0x7F) {
        return fmt::format("control character 0x{:02X} is not allowed", byte);
    }
    if (byte == '\t' && walker.indenting && !walker.tab_told && !walker.line_is_blank()) {
        walker.tab_told = true;
        return "a tab character; YAML is indented with spaces";
    }
    return {};
}

}  // namespace

bool check_encoding(std::string_view text, std::uint32_t file, Complaints& complaints) {
    Walker walker{text, Place{file}};
    if (is_utf16(text)) {
        complaints.add(walker.place, {}, "is UTF-16; save the file as UTF-8");
        return false;
    }
    int told = 0;
    while (walker.at < text.size() && told < encoding_complaints_max) {
        const std::size_t bytes = utf8_sequence_bytes(text.substr(walker.at));
        std::string wrong = wrong_byte(walker, bytes);
        if (!wrong.empty()) {
            complaints.add(walker.place, {}, std::move(wrong));
            ++told;
        }
        walker.advance(bytes == 0 ? 1 : bytes);
    }
    return told == 0;
}

}  // namespace nightreel
