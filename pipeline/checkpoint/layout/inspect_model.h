#pragma once
// What a folder or a file of weights is, told from its own files: headers and configurations
// are read, weights are not. Any thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/checkpoint/layout/model_folder.h"

namespace nightreel {

struct InspectedPart {
    std::string name;        // "transformer"
    std::string class_name;  // "WanTransformer3DModel"
    PartPlace place;
    std::filesystem::path location;  // of the place: a folder or a file
    std::string names;               // "diffusers" or "original"; empty where a part has no tensors
    std::int64_t tensors = 0;
    std::int64_t parameters = 0;
    std::uint64_t bytes = 0;                     // of tensors, as they are stored
    std::map<std::string, std::uint64_t> types;  // bytes of each: "BF16"
    bool is_coded = false;                       // stored in few bits: to be imported first
    std::string left_out;                        // tensors that nothing here uses, in words
    std::string fault;                           // why it cannot be used; empty when it can
};

struct InspectedModel {
    std::filesystem::path path;
    std::string layout;  // "diffusers", "original", "files" or "one file"
    std::string family;  // "wan2.1-t2v"; empty when the transformer is not there
    std::vector<InspectedPart> parts;
    std::vector<std::string> missing;  // parts that models of this family need
    std::vector<std::string> unread;   // why files beside them were not read

    // Nothing is missing or broken.
    bool is_whole() const;
};

// Error{bad_input} when nothing there is a model or a part of one.
InspectedModel inspect_model(const std::filesystem::path& path);
InspectedModel inspect_model(const ModelFolder& folder);

}  // namespace nightreel
