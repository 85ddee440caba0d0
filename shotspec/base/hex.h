#pragma once
// Bytes as lower-case hexadecimal digits, two a byte: how digests and keys are written. Pure, any
// thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nightreel {

std::string hex_of(std::span<const std::uint8_t> bytes);

// Fills `bytes` from a text of exactly twice as many digits; false, with `bytes` unspecified, for
// every other text. Upper-case digits are refused, so that each value has one name.
[[nodiscard]] bool read_hex(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace nightreel
