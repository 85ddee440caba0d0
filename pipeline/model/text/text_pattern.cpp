#include "pipeline/model/text/text_pattern.h"

#include <algorithm>

#include "pipeline/model/text/unicode_text.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::u32string_view spaces =
    U"\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

void add_ranges(std::u32string_view characters,
                const std::vector<TextPattern::NamedClass>& classes,
                std::u32string& ranges) {
    for (std::size_t i = 0; i < characters.size(); ++i) {
        if (characters[i] == U'{') {
            const std::size_t end = characters.find(U'}', i);
            const std::u32string_view name = characters.substr(i + 1, end - i - 1);
            const auto found = std::ranges::find(classes, name, &TextPattern::NamedClass::first);
            NIGHTREEL_CHECK(found != classes.end(), "a pattern names classes that exist");
            add_ranges(found->second, classes, ranges);
            i = end;
            continue;
        }
        const bool is_range = i + 2 < characters.size() && characters[i + 1] == U'-';
        ranges.push_back(characters[i]);
        ranges.push_back(characters[is_range ? i + 2 : i]);
        if (is_range) i += 2;
    }
}

}  // namespace

bool TextPattern::Item::has(char32_t character) const {
    if (is_word) return character == U'_' || is_letter_or_number(character);
    for (std::size_t i = 0; i < ranges.size(); i += 2) {
        if (character >= ranges[i] && character <= ranges[i + 1]) return !is_negated;
    }
    return is_negated;
}

TextPattern::TextPattern(std::u32string_view alternatives, const std::vector<NamedClass>& classes) {
    while (!alternatives.empty()) {
        const std::size_t end = std::min(alternatives.find(U'\n'), alternatives.size());
        Items items = read(alternatives.substr(0, end), classes);
        if (!items.empty()) alternatives_.push_back(std::move(items));
        alternatives.remove_prefix(std::min(end + 1, alternatives.size()));
    }
}

TextPattern::Items TextPattern::read(std::u32string_view line,
                                     const std::vector<NamedClass>& classes) {
    Items items;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == U' ') continue;
        if (line[at] == U'?') {
            items.back().is_optional = true;
            continue;
        }
        Item item;
        if (line[at] == U'[') {
            const std::size_t end = line.find(U']', at);
            item.is_negated = line[at + 1] == U'^';
            const std::size_t first = at + (item.is_negated ? 2 : 1);
            add_ranges(line.substr(first, end - first), classes, item.ranges);
            at = end;
        } else if (line[at] == U'^') {
            item.is_beginning = true;
        } else if (line[at] == U'.') {
            item.ranges.assign(2, U'\n');
            item.is_negated = true;
        } else if (line[at] == U'\\') {
            ++at;
            item.is_word = line[at] == U'w';
            if (!item.is_word) add_ranges(spaces, {}, item.ranges);
        } else {
            item.ranges.assign(2, line[at]);
        }
        items.push_back(std::move(item));
    }
    return items;
}

std::optional<std::size_t> TextPattern::match(const Items& items,
                                              std::size_t item,
                                              std::u32string_view text,
                                              std::size_t at) {
    if (item == items.size()) return at;
    const Item& wanted = items[item];
    if (wanted.is_beginning) return at == 0 ? match(items, item + 1, text, at) : std::nullopt;
    if (at < text.size() && wanted.has(text[at])) {
        if (const auto end = match(items, item + 1, text, at + 1)) return end;
    }
    return wanted.is_optional ? match(items, item + 1, text, at) : std::nullopt;
}

std::optional<std::size_t> TextPattern::match_at(std::u32string_view text, std::size_t at) const {
    for (const Items& items : alternatives_) {
        if (const auto end = match(items, 0, text, at)) return *end - at;
    }
    return {};
}

bool TextPattern::occurs_in(std::u32string_view text) const {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (match_at(text, at)) return true;
    }
    return false;
}

}  // namespace nightreel
