#pragma once
// Data for the repair of misread text. The classes and rules are those of ftfy 6.3 by Robyn Speer
// (Apache-2.0), which the reference pipelines clean prompts with.

#include <array>
#include <string_view>

namespace nightreel {

struct SingleByteEncoding {
    std::string_view name;
    bool is_sloppy;                 // byte 0x1A stands for U+FFFD
    std::u32string_view high_half;  // 128 characters
};

struct CharacterClass {
    std::u32string_view name;
    std::u32string_view characters;
};

extern const std::array<SingleByteEncoding, 9> single_byte_encodings;
extern const std::array<CharacterClass, 14> mojibake_categories;
extern const std::array<CharacterClass, 5> utf8_clues;

}  // namespace nightreel
