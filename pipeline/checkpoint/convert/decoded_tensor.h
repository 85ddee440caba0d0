#pragma once
// Tensors in few bits as the engine reads them: 16 bits a number. Float8 without a scale becomes
// BF16, which holds every such number. With a scale, and of blocks of GGUF, each tensor becomes F16
// or BF16, whichever is nearer to its numbers: F16 has three more digits, BF16 the range. One
// thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

// Whether a tensor is written as other bytes than it is stored in.
bool is_written_anew(const StoredPart::Place& place);

// The type that it is written in; reads its data. Error{bad_input} when a number is not finite.
ElementType written_type(const StoredPart& part,
                         std::string_view name,
                         const StoredPart::Place& place);

// Calls `write` with the tensor's bytes in `type`, piece by piece.
void write_decoded(const StoredPart& part,
                   const StoredPart::Place& place,
                   ElementType type,
                   const std::function<void(std::span<const std::byte>)>& write);

// Of all tensors of a part, when they are written.
std::uint64_t written_bytes(const StoredPart& part);

}  // namespace nightreel
