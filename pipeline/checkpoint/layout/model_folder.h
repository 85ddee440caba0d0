#pragma once
// A model's parts and where they lie: model_index.json and a folder for each part, as diffusers
// writes it, or the layout of the original repositories (original_layout.h). Values; any thread.

#include <filesystem>
#include <map>
#include <string>

#include "pipeline/checkpoint/format/json_document.h"

namespace nightreel {

enum class ModelLayout { diffusers, original };

struct ModelPart {
    std::string library;     // "diffusers", "transformers"
    std::string class_name;  // "WanTransformer3DModel"
};

struct ModelFolder {
    std::filesystem::path path;
    ModelLayout layout = ModelLayout::diffusers;
    std::string pipeline_class;  // "WanPipeline"
    std::map<std::string, ModelPart>
        parts;  // by diffusers' name; what the model does not have is left out
    std::map<std::string, std::filesystem::path>
        places;              // of parts that are not in the folder of their name
    nlohmann::json options;  // the index's other keys: "boundary_ratio", "expand_timesteps"

    bool has(const std::string& part) const { return parts.contains(part); }

    // The folder of a part, or its only file; Error{bad_input} when the model does not have it or
    // it is not there.
    std::filesystem::path folder_of(const std::string& part) const;
};

ModelFolder open_model_folder(const std::filesystem::path& path);

// The configuration of a part in the words of diffusers and transformers: LOCATION/config.json, or,
// where there is none or one in original words, what the tensors say (derived_config.h). `location`
// is a folder or a file of weights.
nlohmann::json part_config_of(const std::filesystem::path& location);

// The same, which must name `class_name` under `class_key`.
JsonConfig read_part_config(const std::filesystem::path& location,
                            const std::string& class_key,
                            const std::string& class_name);

}  // namespace nightreel
