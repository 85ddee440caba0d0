#include "pipeline/checkpoint/layout/stored_part.h"

#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int shards_max = 1024;

// Beside the stem that the part has in diffusers' layout.
constexpr auto other_stems =
    std::to_array<std::string_view>({"diffusion_pytorch_model", "model", "pytorch_model"});

// Pickles, where there is no safetensors file of the stem.
constexpr auto pickle_endings = std::to_array<std::string_view>({".pth", ".bin"});

}  // namespace

StoredPart::StoredPart(const std::filesystem::path& location, const std::string& stem)
    : file_(location) {
    if (std::filesystem::is_regular_file(location)) {
        files_.emplace_back(location);
    } else {
        open_folder(location, stem);
    }
    name_tensors();
}

void StoredPart::open_folder(const std::filesystem::path& folder, const std::string& stem) {
    if (open_stem(folder, stem)) return;
    for (const std::string_view other : other_stems) {
        if (other != stem && open_stem(folder, std::string(other))) return;
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: contains neither {}.safetensors nor {}.safetensors.index.json",
                            folder.string(),
                            stem,
                            stem));
}

bool StoredPart::open_stem(const std::filesystem::path& folder, const std::string& stem) {
    const std::filesystem::path single = folder / (stem + ".safetensors");
    const std::filesystem::path index = single.string() + ".index.json";
    if (std::filesystem::exists(single)) {
        file_ = single;
        files_.emplace_back(single);
        return true;
    }
    if (std::filesystem::exists(index)) {
        open_index(index);
        return true;
    }
    if (open_numbered_shards(folder, stem)) return true;
    for (const std::string_view ending : pickle_endings) {
        const std::filesystem::path pickle = folder / (stem + std::string(ending));
        if (!std::filesystem::exists(pickle)) continue;
        file_ = pickle;
        files_.emplace_back(pickle);
        return true;
    }
    return false;
}

void StoredPart::open_index(const std::filesystem::path& index) {
    file_ = index;
    const nlohmann::json document = JsonConfig::read(index).object();
    if (!document.contains("weight_map") || !document["weight_map"].is_object()) {
        refuse("weight_map: missing, or not a JSON object");
    }
    std::map<std::string, std::size_t> number_of;
    std::set<std::string, std::less<>> named;
    for (const auto& [name, shard] : document["weight_map"].items()) {
        // A shard lies beside its index: a name with a folder in it would leave the model.
        if (!shard.is_string() || shard.get<std::string>().find('/') != std::string::npos) {
            refuse(fmt::format(
                "{}: expected the name of a file next to the index, not {}", name, shard.dump()));
        }
        const auto [found, is_new] = number_of.emplace(shard.get<std::string>(), files_.size());
        if (is_new) {
            const std::filesystem::path path = index.parent_path() / found->first;
            if (!std::filesystem::exists(path)) {
                refuse(fmt::format("lists the shard {}, which does not exist", found->first));
            }
            files_.emplace_back(path);
        }
        if (!files_[found->second].contains(name)) {
            refuse(fmt::format("{}: listed in {}, but missing there", name, found->first));
        }
        named.insert(name);
    }
    for (const TensorFile& file : files_) {
        for (const auto& item : file.tensors()) {
            if (named.contains(item.first)) continue;
            refuse(
                fmt::format("{}: in {}, but not in the index", item.first, file.file().string()));
        }
    }
}

bool StoredPart::open_numbered_shards(const std::filesystem::path& folder,
                                      const std::string& stem) {
    for (int count = 1; count <= shards_max; ++count) {
        const auto shard = [&](int number) {
            return folder / fmt::format("{}-{:05}-of-{:05}.safetensors", stem, number, count);
        };
        if (!std::filesystem::exists(shard(1))) continue;
        file_ = shard(1);
        for (int number = 1; number <= count; ++number) {
            if (!std::filesystem::exists(shard(number))) {
                refuse(
                    fmt::format("the shard {} does not exist", shard(number).filename().string()));
            }
            files_.emplace_back(shard(number));
        }
        return true;
    }
    return false;
}

void StoredPart::name_tensors() {
    StoredTensors all;
    for (const TensorFile& file : files_) {
        for (const auto& [name, tensor] : file.tensors()) {
            if (all.emplace(name, tensor).second) continue;
            refuse(fmt::format("{}: in {}, and in another shard too", name, file.file().string()));
        }
    }
    const NameMap names(all);
    scheme_ = names.scheme();
    for (std::size_t i = 0; i < files_.size(); ++i) {
        for (const auto& [stored_name, tensor] : files_[i].tensors()) {
            for (RenamedTensor& renamed : names.renamed(stored_name, tensor)) {
                const auto [place, is_new] = places_.emplace(
                    std::move(renamed.name), Place{i, std::move(renamed.tensor), stored_name});
                if (!is_new) {
                    refuse(fmt::format("{}: stored twice, as {} and as {}",
                                       place->first,
                                       place->second.stored_name,
                                       stored_name));
                }
            }
        }
    }
}

const StoredPart::Place* StoredPart::find(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &found->second;
}

std::int64_t StoredPart::layers_of(std::string_view prefix) const {
    for (std::int64_t layer = 0;; ++layer) {
        const std::string start = fmt::format("{}.{}.", prefix, layer);
        const auto next = places_.lower_bound(start);
        if (next == places_.end() || !next->first.starts_with(start)) return layer;
    }
}

std::int64_t StoredPart::parameters() const {
    std::int64_t parameters = 0;
    for (const auto& item : places_) parameters += item.second.tensor.elements();
    return parameters;
}

std::string StoredPart::label_of(std::string_view name, const Place& place) const {
    const std::string file = file_of(place).file().string();
    if (name == place.stored_name) return fmt::format("{}: {}", file, name);
    return fmt::format("{}: {} (stored as {})", file, name, place.stored_name);
}

void StoredPart::refuse(const std::string& what) const {
    throw Error(ErrorKind::bad_input, file_.string() + ": " + what);
}

}  // namespace nightreel
