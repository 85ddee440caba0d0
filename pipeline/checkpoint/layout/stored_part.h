#pragma once
// The stored tensors of one network of a model, by the names that diffusers and transformers give
// them, whatever the files are: one file or shards, with an index or without, safetensors or a
// pickle, in diffusers' layout or in that of the original repositories, alone or with others in one
// file. Headers are read, data is
// not. A value; any thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/checkpoint/format/tensor_file.h"
#include "pipeline/checkpoint/layout/original_names.h"
#include "pipeline/checkpoint/layout/part_place.h"

namespace nightreel {

class StoredPart {
  public:
    // What a weight in few bits is multiplied by: one number, or one for each row.
    struct Scale {
        std::size_t file = 0;  // in files()
        StoredTensor tensor;
    };

    struct Place {
        std::size_t file = 0;  // in files()
        StoredTensor tensor;
        std::string stored_name;
        std::optional<Scale> scale = {};
    };

    // Of a file the network that PartPlace::prefix names, or its only one; of numbered shards or an
    // index, all of them. In a folder the index STEM.safetensors.index.json comes first, as in
    // diffusers, then STEM.safetensors, the shards STEM-NNNNN-of-NNNNN.safetensors, STEM.pth or
    // STEM.bin; then the same under the stems of other layouts, then under the names that diffusers
    // gives variants of a precision ("STEM.fp16.safetensors"), then the only GGUF file.
    // Error{bad_input} names the file, and the tensor where there is one.
    StoredPart(const PartPlace& location, const std::string& stem);

    // What errors name: the file, or the index.
    const std::filesystem::path& file() const { return file_; }

    NameScheme scheme() const { return scheme_; }

    const std::vector<TensorFile>& files() const { return files_; }

    const std::map<std::string, Place, std::less<>>& places() const { return places_; }

    // Names, as they are stored, of tensors that no network here uses.
    const std::vector<std::string>& left_out() const { return left_out_; }

    bool contains(std::string_view name) const { return places_.contains(name); }

    // Null when there is no such tensor.
    const Place* find(std::string_view name) const;

    const TensorFile& file_of(const Place& place) const { return files_[place.file]; }

    // How many consecutive numbers N, from 0, occur in names "PREFIX.N.".
    std::int64_t layers_of(std::string_view prefix) const;

    std::int64_t parameters() const;

    // "FILE: NAME", with the name it is stored under where that is another one.
    std::string label_of(std::string_view name, const Place& place) const;

    [[noreturn]] void refuse(const std::string& what) const;

  private:
    void open_file(const std::filesystem::path& file);
    void open_folder(const std::filesystem::path& folder, const std::string& stem);
    bool open_stem(const std::filesystem::path& folder, const std::string& stem);
    bool open_variant(const std::filesystem::path& folder, const std::string& stem);
    void open_index(const std::filesystem::path& index);
    bool open_numbered_shards(const std::filesystem::path& folder, const std::string& stem);
    void name_tensors(std::size_t first_file, const std::string& prefix);
    std::optional<NetworkFound> only_network_of(const StoredTensors& tensors,
                                                const std::string& prefix) const;

    std::filesystem::path file_;
    std::vector<TensorFile> files_;
    NameScheme scheme_ = NameScheme::diffusers;
    std::vector<std::string> left_out_;
    std::map<std::string, Place, std::less<>> places_;
};

}  // namespace nightreel
