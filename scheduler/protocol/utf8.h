#pragma once
// Text that may have come from anywhere, made fit for a message. Pure, any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace nightreel {

bool is_utf8(std::string_view text);

// At most the last `bytes_max` bytes, without a broken character at either end; every byte that is
// not UTF-8 becomes a question mark.
std::string utf8_tail(std::string_view text, std::size_t bytes_max);

// The same for the first `bytes_max` bytes.
std::string utf8_head(std::string_view text, std::size_t bytes_max);

}  // namespace nightreel
