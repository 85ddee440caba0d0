#pragma once
// Is this text at all? Checks the bytes of a document before anything parses it. Pure, any thread.

#include <string_view>

#include "shotspec/yaml/diagnostic.h"

namespace nightreel {

// Complains of bytes that are not UTF-8, NUL and other control characters, and tabs in indentation;
// true when there was nothing to complain of.
bool check_encoding(std::string_view text, std::uint32_t file, Complaints& complaints);

}  // namespace nightreel
