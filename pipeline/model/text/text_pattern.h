#pragma once
// Short patterns over character classes: as much of regular expressions as finding misread text
// takes. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightreel {

// Alternatives, one a line; blanks outside of brackets mean nothing. An item is a character,
// [class],
// [^class], "." (any but a line's end), \s or \w; "\s?" may be absent; "^" is the beginning of the
// text. In a class, a-b is a range and {name} the class of that name.
class TextPattern {
  public:
    using NamedClass = std::pair<std::u32string_view, std::u32string_view>;

    TextPattern(std::u32string_view alternatives, const std::vector<NamedClass>& classes);

    // The length of the first alternative that matches at a place.
    std::optional<std::size_t> match_at(std::u32string_view text, std::size_t at) const;
    bool occurs_in(std::u32string_view text) const;

  private:
    struct Item {
        std::u32string ranges;  // first and last of each range, one after the other
        bool is_negated = false;
        bool is_word = false;
        bool is_optional = false;
        bool is_beginning = false;

        bool has(char32_t character) const;
    };

    using Items = std::vector<Item>;

    static Items read(std::u32string_view line, const std::vector<NamedClass>& classes);
    static std::optional<std::size_t> match(const Items& items,
                                            std::size_t item,
                                            std::u32string_view text,
                                            std::size_t at);

    std::vector<Items> alternatives_;
};

}  // namespace nightreel
