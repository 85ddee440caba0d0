#pragma once
// Looks over bytes from the network before any parser recurses into them. Pure, any thread.
//
// A handler that counts while nlohmann's reader parses would be shorter but too late: the reader
// recurses into strings of indefinite length by itself, one level a byte 0x7F (1 MiB of them
// overflows the stack), and hands on half floats as if they were doubles.

#include <cstddef>
#include <span>

namespace nightreel::wire {

inline constexpr std::size_t depth_max = 16;           // lists and objects inside each other
inline constexpr std::size_t object_fields_max = 64;   // of one object
inline constexpr std::size_t list_items_max = 50'000;  // of one list

// One whole CBOR item of the subset that messages are made of: numbers, UTF-8 text, lists, objects
// with text keys, true, false and null, all of stated length. Throws Error{bad_input}.
void check_cbor_shape(std::span<const std::byte> bytes);

}  // namespace nightreel::wire
