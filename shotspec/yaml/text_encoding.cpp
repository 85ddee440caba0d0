#include "shotspec/yaml/text_encoding.h"

#include <array>
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

// What begins so and is given as a document; empty for text.
std::string_view binary_kind(std::string_view text) {
    struct Signature {
        std::string_view bytes;
        std::string_view kind;
    };

    constexpr std::size_t length_bytes = 8;
    static constexpr auto signatures =
        std::to_array<Signature>({{"\x89PNG\r\n", "a PNG picture"},
                                  {"\xff\xd8\xff", "a JPEG picture"},
                                  {"\x76\x2f\x31\x01", "an OpenEXR picture"},
                                  {"PK\x03\x04", "a zip archive"},
                                  {"\x1f\x8b", "a gzip archive"},
                                  {"%PDF-", "a PDF"},
                                  {"GGUF", "a GGUF model"},
                                  {"\x7f"
                                   "ELF",
                                   "a program"},
                                  {"GIF8", "a GIF picture"},
                                  {"SQLite format 3", "an SQLite database"}});
    for (const Signature& signature : signatures) {
        if (text.starts_with(signature.bytes)) return signature.kind;
    }
    const bool is_safetensors = text.size() > length_bytes && text[length_bytes] == '{' &&
                                text.substr(0, length_bytes).find('\0') != std::string_view::npos;
    return is_safetensors ? "a safetensors file" : "";
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
    if (text.find('\r') != std::string_view::npos && text.find('\n') == std::string_view::npos) {
        complaints.add(walker.place,
                       {},
                       "its lines end with CR alone, as on old Macs; save the file with LF line "
                       "ends");
        return false;
    }
    const std::string_view kind = binary_kind(text);
    if (!kind.empty()) {
        complaints.add(walker.place, {}, fmt::format("is {}, not a YAML file", kind));
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
