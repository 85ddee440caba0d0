#include "pipeline/checkpoint/layout/inspect_model.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/coded_numbers.h"
#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/layout/model_family.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "pipeline/checkpoint/layout/tokenizer_files.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

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
        part.is_coded = part.is_coded || is_coded(place.tensor.type);
    }
}

// "decoder, lm_head: 84 tensors", by what their names begin with.
std::string left_out_of(const StoredPart& stored, const std::string& prefix) {
    std::set<std::string> begins;
    for (const std::string& name : stored.left_out()) {
        const std::string bare = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
        begins.insert(bare.substr(0, bare.find('.')));
    }
    if (begins.empty()) return {};
    const std::size_t count = stored.left_out().size();
    return fmt::format("{} tensor{} ({})", count, count == 1 ? "" : "s", fmt::join(begins, ", "));
}

void check_tokenizer(const fs::path& folder) {
    const fs::path pieces = folder / "spiece.model";
    if (!fs::is_regular_file(pieces) || fs::file_size(pieces) == 0) {
        const std::string absence = absence_of(pieces);
        throw Error(ErrorKind::bad_input,
                    absence.empty()
                        ? pieces.string() + ": missing or empty; the tokenizer requires it"
                        : absence);
    }
    constexpr std::uintmax_t placeholder_bytes_max = 1U << 16U;
    if (fs::file_size(pieces) > placeholder_bytes_max) return;
    const std::string text = read_file(pieces);
    const std::string placeholder = placeholder_in(std::as_bytes(std::span(text)));
    if (placeholder.empty()) return;
    throw Error(ErrorKind::bad_input, pieces.string() + ": " + placeholder);
}

// Of a part without tensors: what the engine reads of it can be read.
void check_files(const InspectedPart& part) {
    if (!fs::is_directory(part.location)) {
        (void)tokenizer_files_in(StoredPart(part.place, "model"));
        return;
    }
    for (const char* name :
         {"tokenizer_config.json", "scheduler_config.json", "preprocessor_config.json"}) {
        const fs::path file = part.location / name;
        if (fs::exists(file)) {
            (void)JsonConfig::read(file);
        } else if (const std::string absence = absence_of(file); !absence.empty()) {
            throw Error(ErrorKind::bad_input, absence);
        }
    }
    if (part.name == "tokenizer") check_tokenizer(part.location);
}

InspectedPart inspect_part(const ModelFolder& folder, const std::string& name) {
    InspectedPart part;
    part.name = name;
    part.class_name = folder.parts.at(name).class_name;
    // One part that is broken does not hide the others.
    try {
        part.place = folder.place_of(name);
        part.location = part.place.path;
        if (has_tensors(folder.parts.at(name))) {
            const StoredPart stored(part.place, std::string(stem_of(name)));
            add_tensors(stored, part);
            part.left_out = left_out_of(stored, part.place.prefix);
            (void)part_config_of(part.place);
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

std::string layout_of(const ModelFolder& folder) {
    if (folder.layout == ModelLayout::original) return "original";
    if (folder.layout == ModelLayout::diffusers) return "diffusers";
    return fs::is_directory(folder.path) ? "files" : "one file";
}

}  // namespace

bool InspectedModel::is_whole() const {
    return missing.empty() &&
           std::ranges::all_of(parts, [](const InspectedPart& part) { return part.fault.empty(); });
}

InspectedModel inspect_model(const fs::path& path) {
    if (!fs::exists(path)) {
        const std::string absence = absence_of(path);
        throw Error(ErrorKind::bad_input,
                    absence.empty() ? path.string() + ": no such file or folder" : absence);
    }
    return inspect_model(open_model_folder(path));
}

InspectedModel inspect_model(const ModelFolder& folder) {
    InspectedModel model{folder.path, layout_of(folder), {}, {}, {}, folder.unread};
    nlohmann::json transformer = nlohmann::json::object();
    for (const auto& item : folder.parts) {
        model.parts.push_back(inspect_part(folder, item.first));
        const InspectedPart& part = model.parts.back();
        if (part.name != "transformer" || !part.fault.empty()) continue;
        transformer = part_config_of(part.place);
        model.family = family_of(folder, transformer).name;
    }
    model.missing = missing_parts(folder, transformer);
    return model;
}

}  // namespace nightreel
