#pragma once
// Text from outside, fit for a terminal and for a log: what stands in it is shown and never obeyed.
// Pure, any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace nightreel {

// C0 (tab and line feed too), DEL and C1; anything that is not UTF-8 is none.
bool has_control_characters(std::string_view text);

// At most the first `bytes_max` bytes as valid UTF-8 without control characters; tabs and line
// feeds stay.
std::string plain_text(std::string_view text, std::size_t bytes_max);

// The same for the last `bytes_max` bytes.
std::string plain_tail(std::string_view text, std::size_t bytes_max);

// As many bytes as `text` has, each of a control character (but tab and line feed) a space, each
// that is not UTF-8 a question mark: positions stay right.
std::string plain_same_length(std::string_view text);

// The same as plain_text on one line: tabs and line feeds become spaces.
std::string plain_line(std::string_view text, std::size_t bytes_max);

}  // namespace nightreel
