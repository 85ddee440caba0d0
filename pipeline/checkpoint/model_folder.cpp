#include "pipeline/checkpoint/model_folder.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

ModelFolder open_model_folder(const std::filesystem::path& path) {
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
            index.refuse(key, "[library, class] is wanted, not " + value.dump());
        }
        if (value[0].is_null()) continue;
        if (key.find('/') != std::string::npos || key == "..") {
            index.refuse(key, "a part is a folder in the model, not a path");
        }
        folder.parts[key] = {value[0].get<std::string>(), value[1].get<std::string>()};
    }
    return folder;
}

std::filesystem::path ModelFolder::folder_of(const std::string& part) const {
    const std::filesystem::path index = path / "model_index.json";
    if (!has(part)) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}: missing", index.string(), part));
    }
    std::filesystem::path folder = path / part;
    if (!std::filesystem::is_directory(folder)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}: named here, but there is no folder {}",
                                index.string(),
                                part,
                                folder.string()));
    }
    return folder;
}

JsonConfig read_part_config(const std::filesystem::path& folder,
                            const std::string& class_key,
                            const std::string& class_name) {
    JsonConfig config = JsonConfig::read(folder / "config.json");
    const std::string found = config.text(class_key);
    if (found != class_name) {
        config.refuse(class_key,
                      fmt::format("{} is unknown here; {} is wanted", found, class_name));
    }
    return config;
}

}  // namespace nightreel
