#pragma once
// A model of any layout made into the one that the engine maps: diffusers' folders and names, one
// safetensors file for each part, with digests and a card. Tensors keep their type and their bytes,
// but for those in few bits, which are decoded (decoded_tensor.h).
// Tensors that no network here uses are left out.
// The model appears by one rename: nobody sees half of it. One thread.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "pipeline/checkpoint/layout/found_parts.h"

namespace nightreel {

struct ImportOrder {
    std::filesystem::path source;  // a model folder in any layout, or a file
    GivenParts given;              // parts that are named, in place of what is found there
    std::filesystem::path target;  // must not be there; its name is the model's
    std::string licence;           // SPDX name; empty: the card says that it is unknown
    std::string training_data;     // the same
    // Looks at the whole model before anybody sees it; an Error that it throws undoes the import.
    // Gives why it could not look, or nothing.
    std::function<std::string(const std::filesystem::path& folder)> verify;
};

struct ImportedModel {
    std::map<std::string, std::string> left_out;  // tensors that were not taken, by part
    std::string not_verified;                     // what `verify` gave
};

// Error{bad_input} when the source lacks a part or one is broken, or the target exists;
// Error{unavailable} when it cannot be written.
ImportedModel import_model(const ImportOrder& order);

}  // namespace nightreel
