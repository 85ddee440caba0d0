#include "pipeline/model/text/html_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>

#include "pipeline/model/text/html_entity_table.h"
#include "pipeline/model/text/mojibake_tables.h"
#include "pipeline/model/text/unicode_text.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::size_t name_length_max = 32;

// Names with their semicolon, and some without.
using Entities = std::map<std::u32string, std::u32string, std::less<>>;

Entities read_entities() {
    Entities entities;
    for (std::string_view list = html_entity_list; !list.empty();) {
        const std::size_t mark = list.find_first_of("=!");
        const std::size_t end = list.find(' ');
        std::u32string characters;
        for (std::size_t at = mark; at < end;) {
            std::uint32_t code = 0;
            const auto read = std::from_chars(list.data() + at + 1, list.data() + end, code, 16);
            NIGHTREEL_CHECK(read.ec == std::errc(), "the table of entities holds codes");
            characters.push_back(code);
            at = static_cast<std::size_t>(read.ptr - list.data());
        }
        const std::u32string name(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(mark));
        if (list[mark] == '!') entities.emplace(name, characters);
        entities.emplace(name + U';', characters);
        list.remove_prefix(end + 1);
    }
    return entities;
}

const Entities& entities() {
    static const Entities read = read_entities();
    return read;
}

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}

int hexadecimal(char32_t c) {
    if (is_digit(c)) return static_cast<int>(c - U'0');
    if (c >= U'a' && c <= U'f') return static_cast<int>(c - U'a') + 10;
    if (c >= U'A' && c <= U'F') return static_cast<int>(c - U'A') + 10;
    return -1;
}

// What a numeric reference stands for, by the rules of HTML5 for numbers that are no characters.
std::u32string character_numbered(std::uint32_t number) {
    if (number == 0x0D) return U"\r";
    if (number >= 0x80 && number <= 0x9F) {
        return {single_byte_encodings[0].high_half[number - 0x80]};  // windows-1252
    }
    if (number == 0 || (number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF)
        return U"\uFFFD";
    const bool is_control = number < 0x20 && !(number >= 0x09 && number <= 0x0D && number != 0x0B);
    const bool is_no_character =
        (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFEU) == 0xFFFEU;
    if (is_control || number == 0x7F || is_no_character) return {};
    return {static_cast<char32_t>(number)};
}

// "#233;" or "#xE9" at the beginning of `text`, which follows an ampersand.
struct Reference {
    std::u32string characters;
    std::size_t length = 0;  // of what it replaces, after the ampersand
};

std::optional<Reference> numeric_reference(std::u32string_view text) {
    const bool is_hexadecimal = text.size() > 1 && (text[1] == U'x' || text[1] == U'X');
    const int base = is_hexadecimal ? 16 : 10;
    const std::size_t first = is_hexadecimal ? 2 : 1;
    std::size_t at = first;
    std::uint32_t number = 0;
    for (; at < text.size(); ++at) {
        const int digit = hexadecimal(text[at]);
        if (digit < 0 || digit >= base) break;
        // Saturates far above the last character.
        number = std::min<std::uint32_t>(
            number * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit),
            0x1000000);
    }
    if (at == first) return {};
    if (at < text.size() && text[at] == U';') ++at;
    return Reference{character_numbered(number), at};
}

std::optional<Reference> named_reference(std::u32string_view text) {
    std::size_t length = 0;
    while (length < text.size() && length < name_length_max &&
           std::u32string_view(U"\t\n\f <&#;").find(text[length]) == std::u32string_view::npos) {
        ++length;
    }
    if (length == 0) return {};
    if (length < text.size() && text[length] == U';') ++length;
    for (std::size_t tried = length; tried > 1; --tried) {
        const auto found = entities().find(text.substr(0, tried));
        if (found != entities().end()) return Reference{found->second, tried};
    }
    return {};
}

std::u32string upper_cased(std::u32string_view text) {
    std::u32string upper;
    for (const char32_t character : text) {
        // The characters among the entities that two capitals stand for.
        switch (character) {
            case U'ß':
                upper += U"SS";
                break;
            case U'ﬀ':
                upper += U"FF";
                break;
            case U'ﬁ':
                upper += U"FI";
                break;
            case U'ﬂ':
                upper += U"FL";
                break;
            case U'ﬃ':
                upper += U"FFI";
                break;
            case U'ﬄ':
                upper += U"FFL";
                break;
            case U'ŉ':
                upper += U"ʼN";
                break;
            default:
                upper += upper_case(character);
        }
    }
    return upper;
}

std::u32string plain_reference(std::u32string_view whole) {
    const std::u32string_view name = whole.substr(1);
    if (name.front() == U'#') {
        const std::u32string read = unescape_html(whole);
        // A semicolon that is left means that only a part of it was a number.
        return read.find(U';') == std::u32string::npos ? read : std::u32string(whole);
    }
    if (const auto found = entities().find(name); found != entities().end()) return found->second;
    std::u32string lower(name);
    for (char32_t& c : lower) {
        if (c >= U'a' && c <= U'z') return std::u32string(whole);
        if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    }
    const auto found = entities().find(lower);
    if (found == entities().end() || unescape_html(whole) != whole) return std::u32string(whole);
    return upper_cased(found->second);
}

}  // namespace

std::u32string unescape_html(std::u32string_view text) {
    std::u32string plain;
    for (std::size_t at = 0; at < text.size();) {
        std::optional<Reference> reference;
        if (text[at] == U'&') {
            const std::u32string_view rest = text.substr(at + 1);
            reference = rest.starts_with(U'#') ? numeric_reference(rest) : named_reference(rest);
        }
        if (!reference) {
            plain.push_back(text[at++]);
            continue;
        }
        plain += reference->characters;
        at += 1 + reference->length;
    }
    return plain;
}

std::u32string unescape_plain_html(std::u32string_view text) {
    constexpr std::size_t length_max = 24;
    const auto is_name = [](char32_t c) {
        return is_digit(c) || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    };
    std::u32string plain;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        if (text[at] == U'&') {
            if (end < text.size() && text[end] == U'#') ++end;
            const std::size_t first = end;
            while (end < text.size() && end - first < length_max && is_name(text[end])) ++end;
            if (end > first && end < text.size() && text[end] == U';') {
                plain += plain_reference(text.substr(at, end + 1 - at));
                at = end + 1;
                continue;
            }
        }
        plain.push_back(text[at++]);
    }
    return plain;
}

}  // namespace nightreel
