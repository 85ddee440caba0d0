#include "pipeline/checkpoint/format/tensor_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/format/gguf_header.h"
#include "pipeline/checkpoint/format/pickle_tensors.h"
#include "pipeline/checkpoint/format/safetensors_header.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// By its bytes where they tell, since any name may be given to a file; else by its name.
bool is_pickle(std::span<const std::byte> bytes, const std::filesystem::path& file) {
    constexpr std::size_t header_begin = 8;  // of a safetensors file, behind its length
    const std::string_view begin(reinterpret_cast<const char*>(bytes.data()),
                                 std::min(bytes.size(), header_begin + 1));
    if (begin.starts_with("PK\x03\x04")) return true;
    if (begin.size() > header_begin && begin[header_begin] == '{') return false;
    constexpr auto endings = std::to_array<std::string_view>({".pth", ".pt", ".bin", ".ckpt"});
    return std::ranges::find(endings, file.extension().string()) != endings.end();
}

}  // namespace

TensorFile::TensorFile(const std::filesystem::path& file)
    : file_(file), mapping_(std::make_shared<const MappedFile>(file)) {
    const std::string journal = journal_beside(file);
    if (!journal.empty()) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", file.string(), journal));
    }
    if (is_gguf(mapping_->bytes())) {
        GgufHeader header = read_gguf_header(mapping_->bytes(), file.string());
        metadata_ = std::move(header.metadata);
        tensors_ = std::move(header.tensors);
        return;
    }
    if (is_pickle(mapping_->bytes(), file)) {
        tensors_ = read_pickle_tensors(mapping_->bytes(), file.string());
        return;
    }
    SafetensorsHeader header = read_safetensors_header(mapping_->bytes(), file.string());
    metadata_ = std::move(header.metadata);
    tensors_ = std::move(header.tensors);
}

const StoredTensor& TensorFile::at(std::string_view name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}: missing", file_.string(), name));
    }
    return found->second;
}

}  // namespace nightreel
