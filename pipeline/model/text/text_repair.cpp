#include "pipeline/model/text/text_repair.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "pipeline/model/text/html_text.h"
#include "pipeline/model/text/mojibake.h"
#include "pipeline/model/text/unicode_text.h"

namespace nightreel {
namespace {

constexpr std::array<std::pair<char32_t, std::u32string_view>, 22> ligatures{{
    // clang-format off
    {U'Ĳ', U"IJ"}, {U'ĳ', U"ij"}, {U'ŉ', U"ʼn"}, {U'Ǳ', U"DZ"},
    {U'ǲ', U"Dz"}, {U'ǳ', U"dz"}, {U'Ǆ', U"DŽ"}, {U'ǅ', U"Dž"},
    {U'ǆ', U"dž"}, {U'Ǉ', U"LJ"}, {U'ǈ', U"Lj"}, {U'ǉ', U"lj"},
    {U'Ǌ', U"NJ"}, {U'ǋ', U"Nj"}, {U'ǌ', U"nj"}, {U'ﬀ', U"ff"},
    {U'ﬁ', U"fi"}, {U'ﬂ', U"fl"}, {U'ﬃ', U"ffi"}, {U'ﬄ', U"ffl"},
    {U'ﬅ', U"ſt"}, {U'ﬆ', U"st"},
    // clang-format on
}};

std::u32string split_ligatures(std::u32string_view text) {
    std::u32string result;
    for (const char32_t c : text) {
        const auto* const found =
            std::ranges::find(ligatures, c, &std::pair<char32_t, std::u32string_view>::first);
        if (found == ligatures.end()) {
            result.push_back(c);
        } else {
            result += found->second;
        }
    }
    return result;
}

// Half-width and full-width forms, and the ideographic space.
std::u32string usual_width(std::u32string_view text) {
    std::u32string result;
    for (const char32_t c : text) {
        if (c == 0x3000) {
            result.push_back(U' ');
        } else if (c >= 0xFF01 && c <= 0xFFEF) {
            result += compatible({&c, 1});
        } else {
            result.push_back(c);
        }
    }
    return result;
}

char32_t straight_quote(char32_t c) {
    if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) return U'\'';
    return c >= 0x201C && c <= 0x201F ? U'"' : c;
}

std::u32string unix_lines(std::u32string_view text) {
    std::u32string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char32_t c = text[at];
        const bool is_break = c == U'\r' || c == 0x2028 || c == 0x2029 || c == 0x85;
        result.push_back(is_break ? U'\n' : c);
        if (c == U'\r' && at + 1 < text.size() && text[at + 1] == U'\n') ++at;
    }
    return result;
}

// "ESC [ 31 ; 1 m" and the like.
std::u32string without_terminal_escapes(std::u32string_view text) {
    std::u32string result;
    for (std::size_t at = 0; at < text.size();) {
        if (text.substr(at).starts_with(U"\u001b[")) {
            std::size_t end = at + 2;
            while (end < text.size() &&
                   ((text[end] >= U'0' && text[end] <= U'9') || text[end] == U';'))
                ++end;
            const char32_t last = end < text.size() ? text[end] : U'\0';
            if ((last >= U'a' && last <= U'z') || (last >= U'A' && last <= U'Z')) {
                at = end + 1;
                continue;
            }
        }
        result.push_back(text[at++]);
    }
    return result;
}

bool is_unwanted_control(char32_t c) {
    return c <= 0x08 || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
           (c >= 0x206A && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

enum class Html { unescape, leave };

std::u32string repair_segment(std::u32string text, Html html) {
    while (true) {
        std::u32string repaired = html == Html::unescape ? unescape_plain_html(text) : text;
        repaired = replace_c1_controls(repair_misread(std::move(repaired)));
        repaired = usual_width(split_ligatures(repaired));
        std::ranges::transform(repaired, repaired.begin(), straight_quote);
        repaired = without_terminal_escapes(unix_lines(repaired));
        std::erase_if(repaired, is_unwanted_control);
        repaired = composed(repaired);
        if (repaired == text) return text;
        text = std::move(repaired);
    }
}

}  // namespace

std::u32string repair_text(const std::u32string& text) {
    std::u32string result;
    Html html = Html::unescape;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t line_end = text.find(U'\n', at);
        const std::size_t end = line_end == std::u32string::npos ? text.size() : line_end + 1;
        const std::u32string line = text.substr(at, end - at);
        // From the first "<" on, the text is taken for HTML whose references are meant.
        if (line.find(U'<') != std::u32string::npos) html = Html::leave;
        result += repair_segment(line, html);
        at = end;
    }
    return result;
}

}  // namespace nightreel
