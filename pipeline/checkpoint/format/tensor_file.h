#pragma once
// One mapped file of tensors, whatever its format: names, types, shapes and the bytes of each. Its
// header was checked when it was opened; the data is touched by nobody here. Copies share the
// mapping. Any thread.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/checkpoint/format/mapped_file.h"
#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

class TensorFile {
  public:
    // Every fault of the content is Error{bad_input} naming the file, and the tensor where there is
    // one.
    explicit TensorFile(const std::filesystem::path& file);

    const std::filesystem::path& file() const { return file_; }

    const TextMetadata& metadata() const { return metadata_; }

    const StoredTensors& tensors() const { return tensors_; }

    bool contains(std::string_view name) const { return tensors_.contains(name); }

    // Error{bad_input} when it is not there.
    const StoredTensor& at(std::string_view name) const;

    std::span<const std::byte> bytes_of(const StoredTensor& tensor) const {
        return mapping_->bytes().subspan(tensor.begin, tensor.bytes);
    }

    // Whoever keeps a view into the bytes keeps this.
    const std::shared_ptr<const MappedFile>& mapping() const { return mapping_; }

  private:
    std::filesystem::path file_;
    std::shared_ptr<const MappedFile> mapping_;  // shared with every view into it
    TextMetadata metadata_;
    StoredTensors tensors_;
};

}  // namespace nightreel
