#include "pipeline/plan/order_paths.h"

#include <filesystem>

#include <fmt/format.h>

#include "shotspec/base/error.h"

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
    if (auto* sample = std::get_if<SampleOrder>(&order)) {
        for (SegmentLora& lora : sample->loras) visit(lora.path, lora.digest);
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
