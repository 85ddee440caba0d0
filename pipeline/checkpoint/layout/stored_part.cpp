#include "pipeline/checkpoint/layout/stored_part.h"

#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/layout/quantised_weights.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int shards_max = 1024;

// Beside the stem that the part has in diffusers' layout.
constexpr auto other_stems =
    std::to_array<std::string_view>({"diffusion_pytorch_model", "model", "pytorch_model"});

// Pickles, where there is no safetensors file of the stem.
constexpr auto pickle_endings = std::to_array<std::string_view>({".pth", ".bin"});

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The stem of "STEM-00001-of-00003.safetensors".
std::optional<std::string> shard_stem_of(std::string_view name) {
    constexpr std::string_view ending = ".safetensors";
    constexpr std::size_t digits = 5;
    constexpr std::string_view of = "-of-";
    constexpr std::size_t numbers = 1 + digits + of.size() + digits;
    if (!name.ends_with(ending)) return {};
    name.remove_suffix(ending.size());
    if (name.size() <= numbers) return {};
    const std::string_view tail = name.substr(name.size() - numbers);
    const bool fits = tail[0] == '-' && is_number(tail.substr(1, digits)) &&
                      tail.substr(1 + digits, of.size()) == of &&
                      is_number(tail.substr(1 + digits + of.size()));
    if (!fits) return {};
    return std::string(name.substr(0, name.size() - numbers));
}

// The word between both; nothing where the name is another one or the word has parts of its own.
std::optional<std::string> word_between(std::string_view name,
                                        const std::string& start,
                                        std::string_view ending) {
    const bool fits = name.size() > start.size() + ending.size() && name.starts_with(start) &&
                      name.ends_with(ending);
    if (!fits) return {};
    name.remove_prefix(start.size());
    name.remove_suffix(ending.size());
    if (name.find_first_of(".-") != std::string_view::npos) return {};
    return std::string(name);
}

// "fp16" of STEM.fp16.safetensors and of STEM.safetensors.index.fp16.json
std::optional<std::string> variant_of(std::string_view name, const std::string& stem) {
    const auto word = word_between(name, stem + ".", ".safetensors");
    return word ? word : word_between(name, stem + ".safetensors.index.", ".json");
}

// GGUF files have any name.
std::optional<std::filesystem::path> only_gguf_in(const std::filesystem::path& folder) {
    std::optional<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::filesystem::path& file = entry.path();
        const bool is_companion = is_companion_file(file.filename().string());
        if (file.extension() != ".gguf" || is_companion || !std::filesystem::exists(file)) continue;
        if (found) return {};
        found = file;
    }
    return found;
}

}  // namespace

StoredPart::StoredPart(const PartPlace& location, const std::string& stem) : file_(location.path) {
    if (std::filesystem::is_directory(location.path)) {
        open_folder(location.path, stem);
    } else {
        open_file(location.path);
    }
    name_tensors(0, location.prefix);
    if (!location.module.empty()) {
        const std::size_t first_file = files_.size();
        open_file(location.module);
        name_tensors(first_file, {});
        file_ = location.path;
    }
    attach_scales(*this, places_);
}

void StoredPart::open_file(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    if (name.ends_with(".json")) return open_index(file);
    const auto stem = shard_stem_of(name);
    if (stem && open_numbered_shards(file.parent_path(), *stem)) return;
    if (!std::filesystem::exists(file)) {
        const std::string absence = absence_of(file);
        if (!absence.empty()) throw Error(ErrorKind::bad_input, absence);
    }
    files_.emplace_back(file);
}

void StoredPart::open_folder(const std::filesystem::path& folder, const std::string& stem) {
    if (open_stem(folder, stem)) return;
    for (const std::string_view other : other_stems) {
        if (other != stem && open_stem(folder, std::string(other))) return;
    }
    if (open_variant(folder, stem)) return;
    for (const std::string_view other : other_stems) {
        if (other != stem && open_variant(folder, std::string(other))) return;
    }
    if (const auto gguf = only_gguf_in(folder)) {
        file_ = *gguf;
        files_.emplace_back(file_);
        return;
    }
    const std::string absence = absence_of_weights(folder);
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: contains neither {}.safetensors nor {}.safetensors.index.json{}{}",
                            folder.string(),
                            stem,
                            stem,
                            absence.empty() ? "" : ": ",
                            absence));
}

bool StoredPart::open_stem(const std::filesystem::path& folder, const std::string& stem) {
    const std::filesystem::path single = folder / (stem + ".safetensors");
    const std::filesystem::path index = single.string() + ".index.json";
    // First, as for diffusers: a file beside it may be left over from an older download.
    if (std::filesystem::exists(index)) {
        open_index(index);
        return true;
    }
    if (std::filesystem::exists(single)) {
        file_ = single;
        files_.emplace_back(single);
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

bool StoredPart::open_variant(const std::filesystem::path& folder, const std::string& stem) {
    std::map<std::string, std::filesystem::path> variants;  // by "fp16"
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto word = variant_of(entry.path().filename().string(), stem);
        if (!word || !std::filesystem::exists(entry.path())) continue;
        const auto [known, is_new] = variants.emplace(*word, entry.path());
        // The index of a variant comes before its only file, as above.
        if (!is_new && entry.path().extension() == ".json") known->second = entry.path();
    }
    if (variants.empty()) return false;
    file_ = variants.begin()->second;
    if (variants.size() > 1) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: contains the variants {} and {} of {}; keep one of them",
                                folder.string(),
                                variants.begin()->first,
                                std::next(variants.begin())->first,
                                stem));
    }
    if (file_.extension() == ".json") {
        open_index(file_);
    } else {
        files_.emplace_back(file_);
    }
    return true;
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
                const std::string absence = absence_of(path);
                refuse(fmt::format("lists the shard {}, which does not exist{}{}",
                                   found->first,
                                   absence.empty() ? "; download it" : ": ",
                                   absence));
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
                const std::string absence = absence_of(shard(number));
                refuse(fmt::format("the shard {} does not exist{}{}",
                                   shard(number).filename().string(),
                                   absence.empty() ? "; download it" : ": ",
                                   absence));
            }
            files_.emplace_back(shard(number));
        }
        return true;
    }
    return false;
}

void StoredPart::name_tensors(std::size_t first_file, const std::string& prefix) {
    StoredTensors all;
    for (std::size_t i = first_file; i < files_.size(); ++i) {
        for (const auto& [name, tensor] : files_[i].tensors()) {
            if (!name.starts_with(prefix)) continue;
            if (all.emplace(name, tensor).second) continue;
            refuse(fmt::format(
                "{}: in {}, and in another shard too", name, files_[i].file().string()));
        }
    }
    const NameMap names(all, only_network_of(all, prefix));
    if (first_file == 0) scheme_ = names.scheme();
    for (std::size_t i = first_file; i < files_.size(); ++i) {
        for (const auto& [stored_name, tensor] : files_[i].tensors()) {
            if (!stored_name.starts_with(prefix)) continue;
            std::vector<RenamedTensor> renamed = names.renamed(stored_name, tensor);
            if (renamed.empty()) left_out_.push_back(stored_name);
            for (RenamedTensor& one : renamed) {
                const auto [place, is_new] = places_.emplace(
                    std::move(one.name), Place{i, std::move(one.tensor), stored_name});
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

// What is known of the tensors as a whole. A file of several networks has no names of one.
std::optional<NetworkFound> StoredPart::only_network_of(const StoredTensors& tensors,
                                                        const std::string& prefix) const {
    if (const auto foreign = foreign_model_of(tensors)) {
        refuse(fmt::format("is of {}, which this version does not run", *foreign));
    }
    std::optional<NetworkFound> only;
    for (const NetworkFound& found : networks_in(tensors)) {
        if (!prefix.empty() && found.prefix != prefix) continue;
        if (only) {
            refuse(
                fmt::format("contains several networks, {} and {}; convert it with "
                            "`nightreel models import`",
                            part_name_of(only->kind),
                            part_name_of(found.kind)));
        }
        only = found;
    }
    return only;
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
