#pragma once
// A model as diffusers writes it: model_index.json, and one folder for each part of it with a
// configuration and weights. Values; any thread.

#include <filesystem>
#include <map>
#include <string>

#include "pipeline/checkpoint/json_document.h"

namespace nightreel {

struct ModelPart {
    std::string library;     // "diffusers", "transformers"
    std::string class_name;  // "WanTransformer3DModel"
};

struct ModelFolder {
    std::filesystem::path path;
    std::string pipeline_class;  // "WanPipeline"
    std::map<std::string, ModelPart>
        parts;               // by folder name; what the index says is absent is left out
    nlohmann::json options;  // the index's other keys: "boundary_ratio", "expand_timesteps"

    bool has(const std::string& part) const { return parts.contains(part); }

    // The folder of a part; Error{bad_input} when the index does not name it or it is not there.
    std::filesystem::path folder_of(const std::string& part) const;
};

ModelFolder open_model_folder(const std::filesystem::path& path);

// FOLDER/config.json, which must name `class_name` under `class_key`.
JsonConfig read_part_config(const std::filesystem::path& folder,
                            const std::string& class_key,
                            const std::string& class_name);

}  // namespace nightreel
