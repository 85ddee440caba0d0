#include "pipeline/checkpoint/layout/inspect_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/derived_config.h"
#include "pipeline/checkpoint/layout/model_family.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/git_lfs.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

std::string_view stem_of(const std::string& part) {
    return part == "text_encoder" || part == "image_encoder" ? "model" : "diffusion_pytorch_model";
}

bool has_tensors(const ModelPart& part) {
    return part.class_name.find("Transformer3D") != std::string::npos ||
           part.class_name.starts_with("AutoencoderKL") ||
           part.class_name.ends_with("EncoderModel") || part.class_name.starts_with("CLIPVision");
}

void add_tensors(const StoredPart& stored, InspectedPart& part) {
    part.names = stored.scheme() == NameScheme::diffusers ? "diffusers" : "original";
    for (const auto& [name, place] : stored.places()) {
        ++part.tensors;
        part.parameters += place.tensor.elements();
        part.bytes += place.tensor.bytes;
        part.types[std::string(facts_of(place.tensor.type).name)] += place.tensor.bytes;
    }
}

// Of a part without tensors: what the engine reads of it can be read.
void check_files(const InspectedPart& part) {
    for (const char* name :
         {"tokenizer_config.json", "scheduler_config.json", "preprocessor_config.json"}) {
        if (fs::exists(part.location / name)) (void)JsonConfig::read(part.location / name);
    }
    const fs::path pieces = part.location / "spiece.model";
    if (part.name != "tokenizer" || (fs::is_regular_file(pieces) && fs::file_size(pieces) > 0)) {
        if (part.name != "tokenizer") return;
        constexpr std::uintmax_t pointer_bytes_max = 1024;
        const bool is_small = fs::file_size(pieces) <= pointer_bytes_max;
        if (!is_small || !is_git_lfs_pointer(read_file(pieces))) return;
        throw Error(
            ErrorKind::bad_input,
            pieces.string() + ": is a Git LFS pointer, not the file itself; run git lfs pull");
    }
    throw Error(ErrorKind::bad_input,
                pieces.string() + ": missing or empty; the tokenizer requires it");
}

InspectedPart inspect_part(const ModelFolder& folder, const std::string& name) {
    InspectedPart part;
    part.name = name;
    part.class_name = folder.parts.at(name).class_name;
    // One part that is broken does not hide the others.
    try {
        part.location = folder.folder_of(name);
        if (has_tensors(folder.parts.at(name))) {
            add_tensors(StoredPart(part.location, std::string(stem_of(name))), part);
            (void)part_config_of(part.location);
        } else {
            check_files(part);
        }
    } catch (const Error& error) {
        part.fault = error.what();
    }
    return part;
}

std::vector<std::string> missing_parts(const ModelFolder& folder,
                                       const nlohmann::json& transformer) {
    std::vector<std::string> needed{"transformer", "vae", "text_encoder", "tokenizer"};
    const auto image = transformer.find("image_dim");
    if (image != transformer.end() && !image->is_null()) needed.emplace_back("image_encoder");
    const auto boundary = folder.options.find("boundary_ratio");
    if (boundary != folder.options.end() && !boundary->is_null()) {
        needed.emplace_back("transformer_2");
    }
    std::erase_if(needed, [&](const std::string& part) { return folder.has(part); });
    return needed;
}

// A file of weights that lies alone.
InspectedModel inspect_file(const fs::path& file) {
    const StoredPart stored(file, "");
    const auto kind = network_kind_of(stored);
    if (!kind) stored.refuse("no network of a known kind");
    InspectedModel model{file, "one file", {}, {}, {}};
    InspectedPart part;
    part.location = file;
    add_tensors(stored, part);
    ModelFolder folder;
    switch (*kind) {
        case NetworkKind::transformer: {
            const nlohmann::json config = derived_config(stored);
            part.name = "transformer";
            part.class_name = config["_class_name"].get<std::string>();
            folder.options = {{"expand_timesteps", config["in_channels"] == 48}};
            model.family = family_of(folder, config).name;
            break;
        }
        case NetworkKind::vae:
            part.name = "vae";
            part.class_name = "AutoencoderKLWan";
            break;
        case NetworkKind::text_encoder:
            part.name = "text_encoder";
            part.class_name = "UMT5EncoderModel";
            break;
        case NetworkKind::image_encoder:
            part.name = "image_encoder";
            part.class_name = "CLIPVisionModel";
            break;
    }
    for (const char* needed : {"transformer", "vae", "text_encoder", "tokenizer"}) {
        if (part.name != needed) model.missing.emplace_back(needed);
    }
    model.parts.push_back(std::move(part));
    return model;
}

}  // namespace

bool InspectedModel::is_whole() const {
    return missing.empty() &&
           std::ranges::all_of(parts, [](const InspectedPart& part) { return part.fault.empty(); });
}

InspectedModel inspect_model(const fs::path& path) {
    if (!fs::exists(path)) {
        throw Error(ErrorKind::bad_input, path.string() + ": no such file or folder");
    }
    if (fs::is_regular_file(path)) return inspect_file(path);
    const ModelFolder folder = open_model_folder(path);
    InspectedModel model{
        path, folder.layout == ModelLayout::original ? "original" : "diffusers", {}, {}, {}};
    nlohmann::json transformer = nlohmann::json::object();
    for (const auto& item : folder.parts) {
        model.parts.push_back(inspect_part(folder, item.first));
        const InspectedPart& part = model.parts.back();
        if (part.name != "transformer" || !part.fault.empty()) continue;
        transformer = part_config_of(part.location);
        model.family = family_of(folder, transformer).name;
    }
    model.missing = missing_parts(folder, transformer);
    return model;
}

}  // namespace nightreel
