#pragma once
// The weights of one network: one safetensors file, or several shards named by an index. A network
// takes each tensor it has by name and shape; what is missing, of another shape or type, or left
// over is an error that names file and tensor. Values; one thread while tensors are taken.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/safetensors.h"

namespace nightreel {

class Weights {
  public:
    // FOLDER/STEM.safetensors, else the shards of FOLDER/STEM.safetensors.index.json.
    Weights(const std::filesystem::path& folder, const std::string& stem);

    bool contains(std::string_view name) const { return shard_of_.contains(name); }

    // A view as it is stored (F32, BF16 or F16), of exactly this shape.
    at::Tensor take(const std::string& name, at::IntArrayRef shape);
    // The shape that is stored, to say which key of a configuration does not fit it.
    std::optional<std::vector<std::int64_t>> shape_of(std::string_view name) const;
    // How many consecutive numbers N, from 0, occur in names "PREFIX.N.".
    std::int64_t layers_of(std::string_view prefix) const;

    std::int64_t parameters() const;

    // Call when everything was taken: a tensor that nobody took is an error.
    void refuse_untaken() const;

    // The first tensor that holds an infinity or a NaN; reads everything.
    std::optional<std::string> first_not_finite() const;

    // What errors name: the file, or the index.
    const std::filesystem::path& file() const { return file_; }

    [[noreturn]] void refuse(const std::string& what) const;

  private:
    void open_shards(const std::filesystem::path& index);

    std::filesystem::path file_;
    std::vector<SafetensorsFile> shards_;
    std::map<std::string, std::size_t, std::less<>> shard_of_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace nightreel
