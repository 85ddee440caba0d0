#include "pipeline/model/weights.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/json_document.h"
#include "shotspec/base/error.h"

namespace nightreel {

Weights::Weights(const std::filesystem::path& folder, const std::string& stem)
    : file_(folder / (stem + ".safetensors")) {
    if (std::filesystem::exists(file_)) {
        shards_.emplace_back(file_);
        for (std::string& name : shards_.back().names()) shard_of_.emplace(std::move(name), 0);
        return;
    }
    const std::filesystem::path index = file_.string() + ".index.json";
    if (!std::filesystem::exists(index)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: holds neither {}.safetensors nor {}.safetensors.index.json",
                                folder.string(),
                                stem,
                                stem));
    }
    file_ = index;
    open_shards(index);
}

void Weights::open_shards(const std::filesystem::path& index) {
    const nlohmann::json document = JsonConfig::read(index).object();
    if (!document.contains("weight_map") || !document["weight_map"].is_object()) {
        refuse("weight_map: missing, or no JSON object");
    }
    std::map<std::string, std::size_t> number_of;
    for (const auto& [name, shard] : document["weight_map"].items()) {
        // A shard lies beside its index: a name with a folder in it would leave the model.
        if (!shard.is_string() || shard.get<std::string>().find('/') != std::string::npos) {
            refuse(fmt::format(
                "{}: the name of a file beside the index is wanted, not {}", name, shard.dump()));
        }
        const auto [found, is_new] = number_of.emplace(shard.get<std::string>(), shards_.size());
        if (is_new) {
            const std::filesystem::path path = index.parent_path() / found->first;
            if (!std::filesystem::exists(path)) {
                refuse(fmt::format("names the shard {}, which is not there", found->first));
            }
            shards_.emplace_back(path);
        }
        if (!shards_[found->second].contains(name)) {
            refuse(fmt::format("{}: said to be in {}, which does not hold it", name, found->first));
        }
        shard_of_.emplace(name, found->second);
    }
    for (const SafetensorsFile& shard : shards_) {
        for (const std::string& name : shard.names()) {
            if (!shard_of_.contains(name)) {
                refuse(fmt::format("{}: in {}, but not in the index", name, shard.file().string()));
            }
        }
    }
}

void Weights::refuse(const std::string& what) const {
    throw Error(ErrorKind::bad_input, file_.string() + ": " + what);
}

at::Tensor Weights::take(const std::string& name, at::IntArrayRef shape) {
    const auto found = shard_of_.find(name);
    if (found == shard_of_.end()) {
        refuse(fmt::format(
            "{}: missing; the model needs it, of shape [{}]", name, fmt::join(shape, ", ")));
    }
    const SafetensorsFile& shard = shards_[found->second];
    at::Tensor tensor = shard.tensor(name);
    const auto complain = [&](const std::string& what) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}: {}", shard.file().string(), name, what));
    };
    if (tensor.sizes() != shape) {
        complain(fmt::format("of shape [{}], but the config asks for [{}]",
                             fmt::join(tensor.sizes(), ", "),
                             fmt::join(shape, ", ")));
    }
    const at::ScalarType type = tensor.scalar_type();
    if (type != at::kFloat && type != at::kBFloat16 && type != at::kHalf) {
        complain(fmt::format("stored as {}; weights are F32, BF16 or F16", shard.type_of(name)));
    }
    taken_.insert(name);
    return tensor;
}

std::optional<std::vector<std::int64_t>> Weights::shape_of(std::string_view name) const {
    const auto found = shard_of_.find(name);
    if (found == shard_of_.end()) return {};
    return shards_[found->second].shape_of(name);
}

std::int64_t Weights::layers_of(std::string_view prefix) const {
    for (std::int64_t layer = 0;; ++layer) {
        const std::string start = fmt::format("{}.{}.", prefix, layer);
        const auto next = shard_of_.lower_bound(start);
        if (next == shard_of_.end() || !next->first.starts_with(start)) return layer;
    }
}

std::int64_t Weights::parameters() const {
    std::int64_t parameters = 0;
    for (const auto& [name, shard] : shard_of_) {
        parameters += c10::multiply_integers(shards_[shard].shape_of(name));
    }
    return parameters;
}

void Weights::refuse_untaken() const {
    for (const auto& [name, shard] : shard_of_) {
        if (taken_.contains(name)) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}: unexpected; the model has no such tensor",
                                shards_[shard].file().string(),
                                name));
    }
}

std::optional<std::string> Weights::first_not_finite() const {
    for (const auto& [name, shard] : shard_of_) {
        if (!at::isfinite(shards_[shard].tensor(name)).all().item<bool>()) return name;
    }
    return {};
}

}  // namespace nightreel
