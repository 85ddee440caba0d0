#pragma once
// A safetensors file written from mapped ones, in pieces: never a whole network in memory. One
// thread.

#include <filesystem>

#include "pipeline/checkpoint/layout/stored_part.h"
#include "shotspec/base/digest.h"

namespace nightreel {

// All tensors of the part under diffusers' names, in the order of the names, decoded where they are
// coded; the file must not be there. Gives the digest of what was written, which is on disk then.
Digest write_part(const StoredPart& part, const std::filesystem::path& file);

}  // namespace nightreel
