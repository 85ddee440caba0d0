#pragma once
// A model as the original repositories publish it, recognised by its files: the transformer in the
// folder itself (or two experts in high_noise_model/ and low_noise_model/), the autoencoder, the
// text encoder and the image encoder as one file each beside it, the tokenizer in google/umt5-xxl/.
// Each may have been converted to safetensors. Values; any thread.
// Sources: wan/configs/*.py of Wan2.1 and Wan2.2 (checkpoint names, boundaries), the file lists of
// the published repositories.

#include <filesystem>
#include <optional>

#include "pipeline/checkpoint/layout/model_folder.h"

namespace nightreel {

// Nothing when no transformer lies where the original repositories have it. Parts that are not
// there are left out.
std::optional<ModelFolder> find_original_layout(const std::filesystem::path& path);

// The transformer, or both experts, as parts of the model, with what follows from their shapes: the
// pipeline and its options.
void add_transformers(ModelFolder& folder,
                      const PartPlace& transformer,
                      const std::optional<PartPlace>& low_noise);

}  // namespace nightreel
