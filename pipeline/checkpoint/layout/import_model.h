#pragma once
// A model of any layout made into the one that the engine maps: diffusers' folders and names, one
// safetensors file for each part, with digests and a card. Tensors keep their type and their bytes.
// The model appears by one rename: nobody sees half of it. One thread.

#include <filesystem>
#include <optional>
#include <string>

namespace nightreel {

struct ImportOrder {
    std::filesystem::path source;  // a model folder in either layout
    std::filesystem::path target;  // must not be there; its name is the model's
    std::string licence;           // SPDX name; empty: the card says that it is unknown
    std::string training_data;     // the same
};

// Error{bad_input} when the source lacks a part or one is broken, or the target exists;
// Error{unavailable} when it cannot be written.
void import_model(const ImportOrder& order);

}  // namespace nightreel
