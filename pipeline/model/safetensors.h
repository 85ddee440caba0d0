#pragma once
// Tensors in files of the safetensors format. A file is mapped, never read as a whole, and
// everything its header says is checked before a byte of data is touched: nothing is allocated by a
// size that a file merely claims. Tensors are read-only views into the mapping and keep it alive;
// files are replaced by renaming, never written in place, while somebody may have them open. Any
// thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace nightreel {

using NamedTensors = std::map<std::string, at::Tensor>;
using TextMetadata = std::map<std::string, std::string>;

class SafetensorsFile {
  public:
    // Every fault of the content is Error{bad_input} naming the file, and the tensor where there is
    // one.
    explicit SafetensorsFile(const std::filesystem::path& file);

    const std::filesystem::path& file() const { return file_; }

    const TextMetadata& metadata() const { return metadata_; }

    std::vector<std::string> names() const;

    bool contains(std::string_view name) const { return entries_.contains(name); }

    // Each is Error{bad_input} when the tensor is not there.
    at::Tensor tensor(std::string_view name) const;

    const std::vector<std::int64_t>& shape_of(std::string_view name) const {
        return at(name).shape;
    }

    const std::string& type_of(std::string_view name) const { return at(name).type; }  // "BF16"

    NamedTensors tensors() const;

  private:
    struct Mapping;

    struct Entry {
        std::string type;
        std::vector<std::int64_t> shape;
        std::uint64_t begin = 0;  // in the data part
        std::uint64_t end = 0;
    };

    const Entry& at(std::string_view name) const;
    void read_header(std::string_view header, std::uint64_t data_bytes);
    void check_layout(std::uint64_t data_bytes) const;
    [[noreturn]] void refuse(const std::string& what) const;

    std::filesystem::path file_;
    std::shared_ptr<const Mapping> mapping_;  // shared with every tensor that views it
    std::uint64_t data_offset_ = 0;
    TextMetadata metadata_;
    std::map<std::string, Entry, std::less<>> entries_;
};

NamedTensors read_safetensors(const std::filesystem::path& file);

// The same tensors and metadata give the same bytes: names in order, data in the order of the
// names.
std::string safetensors_bytes(const NamedTensors& tensors, const TextMetadata& metadata = {});
void write_safetensors(const std::filesystem::path& file,
                       const NamedTensors& tensors,
                       const TextMetadata& metadata = {});

}  // namespace nightreel
