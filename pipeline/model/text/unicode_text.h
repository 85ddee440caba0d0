#pragma once
// Text as code points, and the few things that cleaning a prompt asks of Unicode. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace nightreel {

// Nothing for bytes that are not strict UTF-8.
std::optional<std::u32string> from_utf8(std::string_view text);
// As above, but UTF-16 surrogate pairs written as UTF-8 and the two-byte zero are read as what was
// meant.
std::optional<std::u32string> from_utf8_variants(std::string_view text);
std::string to_utf8(std::u32string_view text);

bool is_space(char32_t character);
bool is_letter_or_number(char32_t character);

std::u32string composed(std::u32string_view text);    // NFC
std::u32string compatible(std::u32string_view text);  // NFKC
char32_t upper_case(char32_t character);

}  // namespace nightreel
