#pragma once
// A model's parts and where they lie: model_index.json and a folder for each part, as diffusers
// writes it, the layout of the original repositories (original_layout.h), or files that were
// recognised by their contents (found_parts.h). Values; any thread.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/layout/part_place.h"

namespace nightreel {

enum class ModelLayout { diffusers, original, files };

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
    std::map<std::string, PartPlace> places;  // of parts that are not in the folder of their name
    nlohmann::json options;  // the index's other keys: "boundary_ratio", "expand_timesteps"
    std::vector<std::string> unread;  // why files beside the parts were not read

    bool has(const std::string& part) const { return parts.contains(part); }

    // Error{bad_input} when the model does not have the part or it is not there.
    PartPlace place_of(const std::string& part) const;

    // The folder of a part, or its only file; Error{bad_input} also when the part is one of several
    // in its file, or in several files: such models are converted first.
    std::filesystem::path folder_of(const std::string& part) const;
};

// A folder in any layout.
ModelFolder open_model_folder(const std::filesystem::path& path);

// A folder with a model_index.json.
ModelFolder open_model_index(const std::filesystem::path& path);

// The configuration of a part in the words of diffusers and transformers: LOCATION/config.json, or,
// where there is none or one in original words, what the tensors say (derived_config.h). `location`
// is a folder or a file of weights.
nlohmann::json part_config_of(const PartPlace& location);

// The same, which must name `class_name` under `class_key`.
JsonConfig read_part_config(const std::filesystem::path& location,
                            const std::string& class_key,
                            const std::string& class_name);

}  // namespace nightreel
