#include "pipeline/parity/find_cases.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

bool is_broken_model(const std::filesystem::path& folder) {
    return std::filesystem::exists(folder / "case.json");
}

bool is_case(const std::filesystem::path& folder) {
    return is_broken_model(folder) || std::filesystem::exists(folder / "expected.safetensors");
}

void collect(const std::filesystem::path& folder, std::vector<std::filesystem::path>& cases) {
    if (is_case(folder)) {
        cases.push_back(folder);
        return;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_directory()) collect(entry.path(), cases);
    }
}

// The entry of a case in the manifest.json of one of the folders above it.
std::optional<nlohmann::json> manifest_entry(const std::filesystem::path& folder,
                                             const std::string& name) {
    for (auto above = folder.parent_path(); above != above.root_path();
         above = above.parent_path()) {
        const std::filesystem::path file = above / "manifest.json";
        if (!std::filesystem::exists(file)) continue;
        const nlohmann::json manifest = JsonConfig::read(file).object();
        for (const nlohmann::json& entry : manifest.value("cases", nlohmann::json::array())) {
            if (entry.is_object() && entry.value("name", "") == name) return entry;
        }
        return {};
    }
    return {};
}

FoundCase describe_case(const std::filesystem::path& folder) {
    FoundCase found;
    found.is_broken_model = is_broken_model(folder);
    found.parity_case.folder = folder;
    const std::string group = folder.parent_path().filename().string();
    found.parity_case.name = group + "/" + folder.filename().string();
    found.parity_case.config =
        JsonConfig::read(folder / (found.is_broken_model ? "case.json" : "config.json")).object();

    // Without a manifest, the folder says what kind it is: "vae", "samplers".
    found.parity_case.kind = group.ends_with('s') ? group.substr(0, group.size() - 1) : group;
    nlohmann::json tolerances =
        found.parity_case.config.value("tolerances", nlohmann::json::object());
    if (const auto entry = manifest_entry(folder, found.parity_case.name)) {
        found.parity_case.kind = entry->value("kind", found.parity_case.kind);
        tolerances = entry->value("tolerances", tolerances);
    }
    for (const auto& [tensor, tolerance] : tolerances.items()) {
        if (tolerance.is_number()) found.tolerances[tensor] = tolerance.get<double>();
    }
    return found;
}

}  // namespace

std::vector<FoundCase> find_cases(const std::filesystem::path& path) {
    std::vector<std::filesystem::path> folders;
    if (!std::filesystem::is_directory(path)) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: no folder", path.string()));
    }
    collect(std::filesystem::canonical(path), folders);
    if (folders.empty()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: not a parity case: expected a folder with expected.safetensors or case.json",
                path.string()));
    }
    std::ranges::sort(folders);
    std::vector<FoundCase> found;
    for (const std::filesystem::path& folder : folders) found.push_back(describe_case(folder));
    return found;
}

}  // namespace nightreel
