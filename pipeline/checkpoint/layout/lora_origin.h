#pragma once
// For which model a LoRA was most likely made, told from keys that fit nothing and from what its
// trainer wrote into the header. For messages only; pure, any thread.

#include <span>
#include <string>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// "it was made for FLUX or HunyuanVideo", "it was made for another model"; with what the header
// says of it, where it says something.
std::string lora_origin(std::span<const std::string> keys, const TextMetadata& metadata);

}  // namespace nightreel
