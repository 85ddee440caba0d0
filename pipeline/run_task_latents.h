#pragma once
// How encoded prompts and latents lie in the files of artifacts. Plain values; any thread.

#include <filesystem>
#include <map>

#include "pipeline/model/plain_arrays.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/segment_request.h"

namespace nightreel {

PlainArray array_of(const LatentClip& clip);    // [C, T, h, w]
PlainArray array_of(const TextStates& states);  // [L, D]

// Throw Error{corrupt} naming the file and the array when it is missing, has another rank, or holds
// a value that is not finite.
LatentClip clip_in(const PlainArrays& arrays,
                   const std::string& name,
                   const std::filesystem::path& file);
TextStates states_in(const PlainArrays& arrays,
                     const std::string& name,
                     const std::filesystem::path& file);

// The latents of a sample task's artifact; they must have this shape.
LatentClip read_latents(const std::filesystem::path& folder,
                        LatentSize size,
                        std::int32_t latent_count);

}  // namespace nightreel
