#pragma once
// Tensors of LibTorch in files of the safetensors format. A file is mapped and checked by
// pipeline/checkpoint/format/tensor_file.h; tensors are read-only views into the mapping and keep
// it alive. Any thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/checkpoint/format/tensor_file.h"

namespace nightreel {

using NamedTensors = std::map<std::string, at::Tensor>;

class SafetensorsFile {
  public:
    // Every fault of the content is Error{bad_input} naming the file, and the tensor where there is
    // one.
    explicit SafetensorsFile(const std::filesystem::path& file) : stored_(file) {}

    const std::filesystem::path& file() const { return stored_.file(); }

    const TextMetadata& metadata() const { return stored_.metadata(); }

    std::vector<std::string> names() const;

    bool contains(std::string_view name) const { return stored_.contains(name); }

    // Each is Error{bad_input} when the tensor is not there.
    at::Tensor tensor(std::string_view name) const;

    const std::vector<std::int64_t>& shape_of(std::string_view name) const {
        return stored_.at(name).shape;
    }

    std::string type_of(std::string_view name) const;  // "BF16"

    NamedTensors tensors() const;

  private:
    TensorFile stored_;
};

// A view as it is stored, which keeps the file's mapping alive.
at::Tensor tensor_view(const TensorFile& file, const StoredTensor& stored);

NamedTensors read_safetensors(const std::filesystem::path& file);

// The same tensors and metadata give the same bytes: names in order, data in the order of the
// names.
std::string safetensors_bytes(const NamedTensors& tensors, const TextMetadata& metadata = {});
void write_safetensors(const std::filesystem::path& file,
                       const NamedTensors& tensors,
                       const TextMetadata& metadata = {});

}  // namespace nightreel
