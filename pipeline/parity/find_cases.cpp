#include "pipeline/parity/find_cases.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// Python writes infinities as words that JSON does not have. In the description of a case they are
// settings of the reference that nothing here reads: null stands for them. Texts are left alone.
std::string without_infinities(std::string_view text) {
    constexpr auto words = std::to_array<std::string_view>({"-Infinity", "Infinity", "NaN"});
    std::string plain;
    bool in_text = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const auto* const word = std::ranges::find_if(
            words, [&](std::string_view one) { return rest.starts_with(one); });
        if (!in_text && word != words.end()) {
            plain += "null";
            at += word->size();
            continue;
        }
        if (rest.front() == '"') in_text = !in_text;
        // What is escaped in a text ends none.
        const std::size_t taken = in_text && rest.front() == '\\' && rest.size() > 1 ? 2 : 1;
        plain += rest.substr(0, taken);
        at += taken;
    }
    return plain;
}

JsonConfig read_description(const std::filesystem::path& file) {
    return {parse_json_document(without_infinities(read_file(file)), file.string()), file};
}

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
        read_description(folder / (found.is_broken_model ? "case.json" : "config.json")).object();

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
