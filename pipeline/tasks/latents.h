#pragma once
// Reads and writes encoded prompts and latents in the files of artifacts. Plain values; any thread.

#include <filesystem>
#include <map>
#include <vector>

#include "pipeline/model/tensor/plain_arrays.h"
#include "pipeline/plan/strategy/key_array.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/segment_request.h"

namespace nightreel {

// In the result of an encode task: what an image encoder computed from the key pictures. Names of
// pictures: pipeline/plan/strategy/key_array.h.
inline constexpr const char* picture_features_array = "keys.read";

PlainArray array_of(const LatentClip& clip);                 // [C, T, h, w]
PlainArray array_of(const TokenStates& states);              // [L, D]
PlainArray array_of(const FrameRgb& picture);                // [H, W, 3]
PlainArray array_of(const std::vector<FrameRgb>& pictures);  // [T, H, W, 3], of one size

// Throw Error{corrupt} naming the file and the array when it is missing, has another rank, or holds
// a value that is not finite.
LatentClip clip_in(const PlainArrays& arrays,
                   const std::string& name,
                   const std::filesystem::path& file);
TokenStates states_in(const PlainArrays& arrays,
                      const std::string& name,
                      const std::filesystem::path& file);
FrameRgb picture_in(const PlainArrays& arrays,
                    const std::string& name,
                    const std::filesystem::path& file);

// At least one picture.
std::vector<FrameRgb> pictures_in(const PlainArrays& arrays,
                                  const std::string& name,
                                  const std::filesystem::path& file);

// The latents of a sample task's artifact; they must have this shape.
LatentClip read_latents(const std::filesystem::path& folder,
                        LatentSize size,
                        std::int32_t latent_count);

}  // namespace nightreel
