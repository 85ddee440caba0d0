#include "pipeline/checkpoint/layout/model_folder.h"

#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/derived_config.h"
#include "pipeline/checkpoint/layout/found_parts.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

struct PartConfig {
    nlohmann::json object;
    std::filesystem::path file;  // what errors name
};

PartConfig find_part_config(const PartPlace& location) {
    const std::filesystem::path file = location.path / "config.json";
    const bool has_file =
        std::filesystem::is_directory(location.path) && std::filesystem::exists(file);
    nlohmann::json said = has_file ? JsonConfig::read(file).object() : nlohmann::json();
    // A module makes another network of what its base's file describes.
    const bool is_said = has_file && !is_original_config(said) && location.module.empty();
    if (is_said) return {std::move(said), file};
    const StoredPart part(location, "diffusion_pytorch_model");
    // As its authors' configuration would say it.
    if (location.is_skyreels && !said.contains("inject_sample_info")) {
        said["inject_sample_info"] = false;
    }
    return {derived_config(part, said), has_file ? file : part.file()};
}

}  // namespace

ModelFolder open_model_folder(const std::filesystem::path& path) {
    return find_model_parts(path);
}

ModelFolder open_model_index(const std::filesystem::path& path) {
    JsonConfig index = JsonConfig::read(path / "model_index.json");
    ModelFolder folder;
    folder.path = path;
    folder.pipeline_class = index.text("_class_name");
    folder.options = nlohmann::json::object();
    for (const auto& [key, value] : index.object().items()) {
        if (key.starts_with('_')) continue;
        if (!value.is_array()) {
            folder.options[key] = value;
            continue;
        }
        if (value.size() != 2 || value[0].is_null() != value[1].is_null() ||
            !(value[0].is_null() || (value[0].is_string() && value[1].is_string()))) {
            index.refuse(key, "expected [library, class], not " + value.dump());
        }
        if (value[0].is_null()) continue;
        if (key.find('/') != std::string::npos || key == "..") {
            index.refuse(key, "a part must be a folder inside the model folder");
        }
        folder.parts[key] = {value[0].get<std::string>(), value[1].get<std::string>()};
    }
    return folder;
}

PartPlace ModelFolder::place_of(const std::string& part) const {
    const std::filesystem::path index =
        layout == ModelLayout::diffusers ? path / "model_index.json" : path;
    if (!has(part)) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}: missing", index.string(), part));
    }
    if (const auto found = places.find(part); found != places.end()) return found->second;
    std::filesystem::path folder = path / part;
    if (!std::filesystem::is_directory(folder)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}: listed here, but the folder {} does not exist",
                                index.string(),
                                part,
                                folder.string()));
    }
    return folder;
}

std::filesystem::path ModelFolder::folder_of(const std::string& part) const {
    PartPlace place = place_of(part);
    if (place.prefix.empty() && place.module.empty()) return std::move(place.path);
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {}: {}; convert the model with `nightreel models import {} --to "
                            "DIR`",
                            place.path.string(),
                            part,
                            place.module.empty() ? "one of several networks in this file"
                                                 : "to be joined with a module in another file",
                            path.string()));
}

nlohmann::json part_config_of(const PartPlace& location) {
    return find_part_config(location).object;
}

JsonConfig read_part_config(const std::filesystem::path& location,
                            const std::string& class_key,
                            const std::string& class_name) {
    PartConfig found = find_part_config(location);
    JsonConfig config(std::move(found.object), std::move(found.file));
    const std::string name = config.text(class_key);
    if (name != class_name) {
        config.refuse(class_key, fmt::format("{} is not supported; expected {}", name, class_name));
    }
    return config;
}

}  // namespace nightreel
