#include "pipeline/model/text/unicode_text.h"

#include <cstdint>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr char32_t replacement = U'\uFFFD';

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

std::u32string normalised(std::u32string_view text, int options) {
    const std::string bytes = to_utf8(text);
    std::uint8_t* result = nullptr;
    const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<utf8proc_ssize_t>(bytes.size()),
                                               &result,
                                               static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<std::uint8_t, Free> owner(result);
    NIGHTREEL_CHECK(size >= 0, "text that was decoded can be normalised");
    const auto decoded =
        from_utf8({reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)});
    NIGHTREEL_CHECK(decoded.has_value(), "normalised text is UTF-8");
    return *decoded;
}

unsigned byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// The pair that six bytes ED Ax xx ED Bx xx stand for.
std::optional<char32_t> surrogate_pair_at(std::string_view text, std::size_t at) {
    const auto is_between = [&](std::size_t offset, unsigned least, unsigned most) {
        const unsigned byte = byte_at(text, at + offset);
        return byte >= least && byte <= most;
    };
    if (!is_between(0, 0xED, 0xED) || !is_between(1, 0xA0, 0xAF) || !is_between(2, 0x80, 0xBF) ||
        !is_between(3, 0xED, 0xED) || !is_between(4, 0xB0, 0xBF) || !is_between(5, 0x80, 0xBF)) {
        return {};
    }
    return static_cast<char32_t>(
        ((byte_at(text, at + 1) & 0x0FU) << 16U) + ((byte_at(text, at + 2) & 0x3FU) << 10U) +
        ((byte_at(text, at + 4) & 0x0FU) << 6U) + (byte_at(text, at + 5) & 0x3FU) + 0x10000U);
}

// Appends the character at `at` and returns the place after it; 0 when there is none.
std::size_t take_character(std::string_view text, std::size_t at, std::u32string& into) {
    std::int32_t character = 0;
    const utf8proc_ssize_t used =
        utf8proc_iterate(reinterpret_cast<const std::uint8_t*>(text.data()) + at,
                         static_cast<utf8proc_ssize_t>(text.size() - at),
                         &character);
    if (used <= 0) return 0;
    into.push_back(static_cast<char32_t>(character));
    return at + static_cast<std::size_t>(used);
}

}  // namespace

std::optional<std::u32string> from_utf8(std::string_view text) {
    std::u32string decoded;
    for (std::size_t at = 0; at < text.size();) {
        at = take_character(text, at, decoded);
        if (at == 0) return {};
    }
    return decoded;
}

std::optional<std::u32string> from_utf8_variants(std::string_view text) {
    std::u32string decoded;
    for (std::size_t at = 0; at < text.size();) {
        if (byte_at(text, at) == 0xC0 && byte_at(text, at + 1) == 0x80) {
            decoded.push_back(U'\0');
            at += 2;
            continue;
        }
        if (const auto pair = surrogate_pair_at(text, at)) {
            decoded.push_back(*pair);
            at += 6;
            continue;
        }
        at = take_character(text, at, decoded);
        if (at == 0) return {};
    }
    return decoded;
}

std::string to_utf8(std::u32string_view text) {
    std::string encoded;
    for (const char32_t character : text) {
        std::uint8_t bytes[4];
        auto size = utf8proc_encode_char(static_cast<std::int32_t>(character), bytes);
        if (size == 0) size = utf8proc_encode_char(static_cast<std::int32_t>(replacement), bytes);
        encoded.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    return encoded;
}

bool is_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_letter_or_number(char32_t character) {
    switch (utf8proc_category(static_cast<std::int32_t>(character))) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
            return true;
        default:
            return false;
    }
}

std::u32string composed(std::u32string_view text) {
    return normalised(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::u32string compatible(std::u32string_view text) {
    return normalised(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

char32_t upper_case(char32_t character) {
    return static_cast<char32_t>(utf8proc_toupper(static_cast<std::int32_t>(character)));
}

}  // namespace nightreel
