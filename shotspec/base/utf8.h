#pragma once
// The one check and the one cut of UTF-8 (RFC 3629) in text that may have come from anywhere. Pure,
// any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace nightreel {

// Bytes of the character that `text` begins with, 1 to 4; 0 when it begins with none. Not empty.
std::size_t utf8_sequence_bytes(std::string_view text);

bool is_utf8(std::string_view text);

// At most the last `bytes_max` bytes, without a broken character at either end; every byte that is
// not UTF-8 becomes a question mark.
std::string utf8_tail(std::string_view text, std::size_t bytes_max);

// The same for the first `bytes_max` bytes.
std::string utf8_head(std::string_view text, std::size_t bytes_max);

}  // namespace nightreel
