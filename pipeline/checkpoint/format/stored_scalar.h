#pragma once
// One stored number as a double, without a tensor library. Pure; any thread.

#include <cstddef>
#include <span>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// `bytes` are those of one element of the type, in the order of the machine.
double stored_scalar(std::span<const std::byte> bytes, ElementType type);

}  // namespace nightreel
