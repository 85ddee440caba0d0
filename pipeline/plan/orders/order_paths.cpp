#include "pipeline/plan/orders/order_paths.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

std::string without_last_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

bool is_or_lies_below(const std::string& path, const std::string& folder) {
    if (!path.starts_with(folder)) return false;
    return path.size() == folder.size() || folder == "/" || path[folder.size()] == '/';
}

ModelReference* model_of(TaskOrder& order) {
    return std::visit(
        [](auto& value) -> ModelReference* {
            if constexpr (requires { value.model; }) return &value.model;
            return nullptr;
        },
        order);
}

}  // namespace

void for_each_given_file(
    TaskOrder& order, const std::function<void(std::string& path, const Digest& digest)>& visit) {
    if (auto* encode = std::get_if<EncodeOrder>(&order)) {
        for (ReferencePicture& picture : encode->references) visit(picture.path, picture.digest);
        for (KeyPicture& picture : encode->keys) visit(picture.path, picture.digest);
    }
    if (auto* measure = std::get_if<MeasureOrder>(&order)) {
        for (ReferencePicture& picture : measure->references) visit(picture.path, picture.digest);
    }
    if (auto* sample = std::get_if<SampleOrder>(&order)) {
        for (SegmentLora& lora : sample->loras) visit(lora.path, lora.digest);
    }
    if (auto* ingest = std::get_if<IngestOrder>(&order)) {
        for (ClipFile& file : ingest->clip.files) visit(file.path, file.digest);
    }
}

PathMapping path_mapping_of(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0) {
        PathMapping mapping{.from = without_last_slash(text.substr(0, equals)),
                            .to = without_last_slash(text.substr(equals + 1))};
        if (mapping.from.starts_with('/') && mapping.to.starts_with('/')) return mapping;
    }
    throw Error(
        ErrorKind::usage,
        fmt::format("--map {}: expected two absolute paths, such as /mnt/shows=/shows", text));
}

std::vector<PathMapping> path_mappings_from_json(std::string_view text) {
    const Json json = parse_json(text, "path mapping rules");
    std::vector<PathMapping> mappings;
    const auto rules = from_json_value<std::optional<std::vector<Json>>>(
        member_of(json, "path_mapping_rules"), "path_mapping_rules");
    for (const Json& rule : rules.value_or(std::vector<Json>())) {
        if (member_of(rule, "source_path_format") != "POSIX") continue;
        const auto text_of = [&](const char* name) {
            return without_last_slash(from_json_value<std::string>(member_of(rule, name), name));
        };
        mappings.push_back({.from = text_of("source_path"), .to = text_of("destination_path")});
    }
    return mappings;
}

std::string mapped_path(const std::string& path, const std::vector<PathMapping>& mappings) {
    const PathMapping* best = nullptr;
    for (const PathMapping& mapping : mappings) {
        if (!is_or_lies_below(path, mapping.from)) continue;
        if (best == nullptr || mapping.from.size() > best->from.size()) best = &mapping;
    }
    if (best == nullptr) return path;
    const std::string rest = path.substr(best->from == "/" ? 0 : best->from.size());
    if (rest.empty()) return best->to;
    return best->to == "/" ? rest : best->to + rest;
}

TaskOrder order_on_this_machine(TaskOrder order,
                                const std::string& job_directory,
                                const std::vector<PathMapping>& mappings) {
    for_each_given_file(order, [&](std::string& path, const Digest&) {
        const bool is_relative = !path.starts_with('/');
        path = is_relative ? (std::filesystem::path(job_directory) / path).string()
                           : mapped_path(path, mappings);
    });
    if (ModelReference* model = model_of(order))
        model->folder = mapped_path(model->folder, mappings);
    return order;
}

}  // namespace nightreel
