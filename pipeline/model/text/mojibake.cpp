#include "pipeline/model/text/mojibake.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "pipeline/model/text/mojibake_tables.h"
#include "pipeline/model/text/text_pattern.h"
#include "pipeline/model/text/unicode_text.h"

namespace nightreel {
namespace {

constexpr char32_t lost_character = U'\uFFFD';
constexpr char32_t substitute = 0x1A;

template <class Classes>
std::vector<TextPattern::NamedClass> named(const Classes& classes) {
    std::vector<TextPattern::NamedClass> named;
    for (const CharacterClass& one : classes) named.emplace_back(one.name, one.characters);
    return named;
}

const TextPattern& misread_pairs() {
    static const TextPattern pattern(
        U"[{c1}]\n"
        U"[{bad}{lower_accented}{upper_accented}{box}{start_punctuation}{end_punctuation}{currency}"
        U"{numeric}{law}] [{bad}]\n"
        U"[a-zA-Z] [{lower_common}{upper_common}] [{bad}]\n"
        U"[{bad}] "
        U"[{lower_accented}{upper_accented}{box}{start_punctuation}{end_punctuation}{currency}"
        U"{numeric}{law}]\n"
        U"[{lower_accented}{lower_common}{box}{end_punctuation}{currency}{numeric}] "
        U"[{upper_accented}]\n"
        U"[{box}{end_punctuation}{currency}{numeric}] [{lower_accented}]\n"
        U"[{lower_accented}{box}{end_punctuation}] [{currency}]\n"
        U"\\s [{upper_accented}] [{currency}]\n"
        U"[{upper_accented}{box}] [{numeric}{law}]\n"
        U"[{lower_accented}{upper_accented}{box}{currency}{end_punctuation}] [{start_punctuation}]"
        U" [{numeric}]\n"
        U"[{lower_accented}{upper_accented}{currency}{numeric}{box}{law}] [{end_punctuation}]"
        U" [{start_punctuation}]\n"
        U"[{currency}{numeric}{box}] [{start_punctuation}]\n"
        U"[a-z] [{upper_accented}] [{start_punctuation}{currency}]\n"
        U"[{box}] [{kaomoji}]\n"
        U"[{lower_accented}{upper_accented}{currency}{numeric}{start_punctuation}{end_punctuation}{"
        U"law}]"
        U" [{box}]\n"
        U"[{box}] [{end_punctuation}]\n"
        U"[{lower_accented}{upper_accented}] [{start_punctuation}{end_punctuation}] \\w\n"
        U"[Œœ] [^A-Za-z]\n"
        U"[{upper_accented}] °\n"
        U"[ÂÃÎÐ] [€œŠš¢£Ÿž\u00a0\u00ad®©°·»"
        U"{start_punctuation}{end_punctuation}–—´]\n"
        U"× [²³]\n"
        U"[ØÙ] [{common}{currency}{bad}{numeric}{start_punctuation}ŸŠ®°µ»]"
        U" [ØÙ] [{common}{currency}{bad}{numeric}{start_punctuation}ŸŠ®°µ»]\n"
        U"à [²µ¹¼½¾]\n"
        U"√ [±∂†≠®™´≤≥¥µø]\n"
        U"≈ [°¢]\n"
        U"‚Ä [ìîïòôúùû†°¢π]\n"
        U"‚ [âó] [àä°ê]\n"
        U"вЂ\n"
        U"[ВГРС] [{c1}{bad}{start_punctuation}{end_punctuation}{currency}°µ] [ВГРС]\n"
        U"ГўВЂВ . [A-Za-z ]\n"
        U"Ã [\u00a0¡]\n"
        U"[a-z] \\s? [ÃÂ] [ ]\n"
        U"^ [ÃÂ] [ ]\n"
        U"[a-z.,?!{end_punctuation}] Â [ {start_punctuation}{end_punctuation}]\n"
        U"β€ [™\u00a0Ά\u00ad®°]\n"
        U"[ΒΓΞΟ] [{c1}{bad}{start_punctuation}{end_punctuation}{currency}°] [ΒΓΞΟ]\n"
        U"ā€\n",
        named(mojibake_categories));
    return pattern;
}

// Bytes are held as characters 0 to 255, so that the same patterns serve.
using Bytes = std::u32string;

// Sequences that would be UTF-8 had not a non-breaking space become a plain one.
const TextPattern& altered_sequences() {
    static const TextPattern pattern(
        U"[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9] [ ]\n"
        U"[\u00e2\u00e3] [ ] [\u0080-\u0084\u0086-\u009f\u00a1-\u00bf]\n"
        U"[\u00e0-\u00e3] [\u0080-\u0084\u0086-\u009f\u00a1-\u00bf] [ ]\n"
        U"\u00f0 [ ] [\u0080-\u00bf] [\u0080-\u00bf]\n"
        U"\u00f0 [\u0080-\u00bf] [ ] [\u0080-\u00bf]\n"
        U"\u00f0 [\u0080-\u00bf] [\u0080-\u00bf] [ ]\n",
        {});
    return pattern;
}

// Sequences of which a byte was lost: 0x1A, or a question mark, stands for it.
const TextPattern& lossy_sequences() {
    static const TextPattern pattern(
        U"[\u00c2-\u00df] \u001a\n"
        U"[\u00c2-\u00c3] [?]\n"
        U"\u00ed [\u00a0-\u00af] [\u001a?] \u00ed [\u00b0-\u00bf] [\u001a?\u0080-\u00bf]\n"
        U"\u00ed [\u00a0-\u00af] [\u001a?\u0080-\u00bf] \u00ed [\u00b0-\u00bf] [\u001a?]\n"
        U"[\u00e0-\u00ef] [\u001a?] [\u001a\u0080-\u00bf]\n"
        U"[\u00e0-\u00ef] [\u001a\u0080-\u00bf] [\u001a?]\n"
        U"[\u00f0-\u00f4] [\u001a?] [\u001a\u0080-\u00bf] [\u001a\u0080-\u00bf]\n"
        U"[\u00f0-\u00f4] [\u001a\u0080-\u00bf] [\u001a?] [\u001a\u0080-\u00bf]\n"
        U"[\u00f0-\u00f4] [\u001a\u0080-\u00bf] [\u001a\u0080-\u00bf] [\u001a?]\n"
        U"\u001a\n",
        {});
    return pattern;
}

const TextPattern& sequence_lookalikes() {
    static const TextPattern pattern(
        U"[{utf8_first_of_2}] [{utf8_continuation}]\n"
        U"[{utf8_first_of_3}] [{utf8_continuation}] [{utf8_continuation}]\n"
        U"[{utf8_first_of_4}] [{utf8_continuation}] [{utf8_continuation}] [{utf8_continuation}]\n",
        named(utf8_clues));
    return pattern;
}

const TextPattern& continuation_lookalike() {
    static const TextPattern pattern(U"[{utf8_continuation_strict}]\n", named(utf8_clues));
    return pattern;
}

template <class Replace>
std::u32string replace_all(std::u32string_view text,
                           const TextPattern& pattern,
                           const Replace& replace) {
    std::u32string result;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = pattern.match_at(text, at);
        if (!length) {
            result.push_back(text[at++]);
            continue;
        }
        result += replace(text.substr(at, *length));
        at += *length;
    }
    return result;
}

// Nothing when a character is none of the encoding's.
std::optional<Bytes> encode(std::u32string_view text, const SingleByteEncoding& encoding) {
    Bytes bytes;
    for (const char32_t character : text) {
        const bool stands_for_lost = encoding.is_sloppy && character == lost_character;
        if (character < 0x80 && !(encoding.is_sloppy && character == substitute)) {
            bytes.push_back(character);
        } else if (stands_for_lost) {
            bytes.push_back(substitute);
        } else {
            const std::size_t place = encoding.high_half.find(character);
            if (place == std::u32string_view::npos) return {};
            bytes.push_back(static_cast<char32_t>(0x80 + place));
        }
    }
    return bytes;
}

bool is_latin_1(std::u32string_view text) {
    return std::ranges::all_of(text, [](char32_t c) { return c < 0x100; });
}

// "Ã la" is "à la": the space belongs to a word of its own, but for a few that go on.
Bytes restore_a_grave(std::u32string_view bytes) {
    Bytes restored;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        restored.push_back(bytes[at]);
        if (bytes[at] != 0xC3 || !bytes.substr(at + 1).starts_with(U' ')) continue;
        const std::u32string_view next = bytes.substr(at + 2);
        const auto goes_on = {U" ", U"quele", U"quela", U"quilo", U"s "};
        if (std::ranges::none_of(goes_on,
                                 [&](const char32_t* word) { return next.starts_with(word); })) {
            restored.push_back(0xA0);
        }
    }
    return restored;
}

Bytes restore_a0(std::u32string_view bytes) {
    return replace_all(restore_a_grave(bytes), altered_sequences(), [](std::u32string_view match) {
        Bytes restored(match);
        std::ranges::replace(restored, U' ', char32_t{0xA0});
        return restored;
    });
}

std::optional<std::u32string> decode(const Bytes& bytes) {
    const std::string narrow(bytes.begin(), bytes.end());
    const bool has_variants =
        narrow.find('\xED') != std::string::npos || narrow.find('\xC0') != std::string::npos;
    return has_variants ? from_utf8_variants(narrow) : from_utf8(narrow);
}

// The text as UTF-8 that was read as `encoding`, or nothing.
std::optional<std::u32string> read_back(Bytes bytes, bool is_macroman, bool is_sloppy) {
    // In MacRoman an en dash before a space would look like a lost non-breaking space.
    if (!is_macroman && altered_sequences().occurs_in(bytes)) bytes = restore_a0(bytes);
    if (is_sloppy) {
        bytes = replace_all(bytes, lossy_sequences(), [](std::u32string_view) {
            return Bytes(U"\u00ef\u00bf\u00bd");
        });
    }
    return decode(bytes);
}

std::optional<std::u32string> read_back_whole(std::u32string_view text) {
    if (is_latin_1(text)) {
        if (auto fixed = read_back(Bytes(text), false, false)) return fixed;
    }
    for (const SingleByteEncoding& encoding : single_byte_encodings) {
        const auto bytes = encode(text, encoding);
        if (!bytes) continue;
        if (auto fixed = read_back(*bytes, encoding.name == "macroman", encoding.is_sloppy))
            return fixed;
    }
    return {};
}

// Misread passages within other text.
std::u32string read_back_passages(std::u32string_view text) {
    std::u32string fixed;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        if (at == 0 || !continuation_lookalike().match_at(text, at - 1)) {
            while (const auto length = sequence_lookalikes().match_at(text, end)) end += *length;
        }
        if (end == at) {
            fixed.push_back(text[at++]);
            continue;
        }
        const std::u32string_view passage = text.substr(at, end - at);
        // A passage that is the whole text would come back here for ever.
        const bool is_part = passage.size() < text.size();
        fixed += is_part && looks_misread(passage) ? repair_misread(std::u32string(passage))
                                                   : std::u32string(passage);
        at = end;
    }
    return fixed;
}

// Latin-1 that is strict windows-1252 under another name; nothing when a byte has no meaning there.
std::optional<std::u32string> as_windows_1252(std::u32string_view text) {
    if (!is_latin_1(text)) return {};
    constexpr std::u32string_view undefined = U"\u0081\u008d\u008f\u0090\u009d";
    if (text.find_first_of(undefined) != std::u32string_view::npos) return {};
    return replace_c1_controls(text);
}

std::u32string repair_once(std::u32string_view text) {
    const bool is_ascii = std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
    if (is_ascii || !looks_misread(text)) return std::u32string(text);
    if (auto fixed = read_back_whole(text)) return *fixed;
    if (auto fixed = read_back_passages(text); fixed != text) return fixed;
    if (auto fixed = as_windows_1252(text); fixed && *fixed != text) return *fixed;
    return replace_c1_controls(text);
}

}  // namespace

bool looks_misread(std::u32string_view text) {
    return misread_pairs().occurs_in(text);
}

std::u32string repair_misread(std::u32string text) {
    while (true) {
        std::u32string repaired = repair_once(text);
        if (repaired == text) return text;
        text = std::move(repaired);
    }
}

std::u32string replace_c1_controls(std::u32string_view text) {
    std::u32string replaced(text);
    for (char32_t& character : replaced) {
        if (character >= 0x80 && character <= 0x9F) {
            character = single_byte_encodings[0].high_half[character - 0x80];
        }
    }
    return replaced;
}

}  // namespace nightreel
