#pragma once
// Stored numbers looked at without a tensor library. Pure; any thread.

#include <cstddef>
#include <span>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// `bytes` are those of one element of the type, which has no blocks, in the order of the machine.
double stored_scalar(std::span<const std::byte> bytes, ElementType type);

// Whether no number among them is an infinity or a NaN; integers never are.
bool all_finite(std::span<const std::byte> bytes, ElementType type);

}  // namespace nightreel
