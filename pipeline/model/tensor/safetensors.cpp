#include "pipeline/model/tensor/safetensors.h"

#include <array>
#include <cstring>
#include <optional>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/safetensors_header.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// Nothing for blocks of ggml, which no tensor here holds.
std::optional<at::ScalarType> scalar_type_of(ElementType type) {
    switch (type) {
        case ElementType::boolean:
            return at::kBool;
        case ElementType::uint8:
            return at::kByte;
        case ElementType::int8:
            return at::kChar;
        case ElementType::int16:
            return at::kShort;
        case ElementType::float16:
            return at::kHalf;
        case ElementType::bfloat16:
            return at::kBFloat16;
        case ElementType::int32:
            return at::kInt;
        case ElementType::float32:
            return at::kFloat;
        case ElementType::int64:
            return at::kLong;
        case ElementType::float64:
            return at::kDouble;
        case ElementType::float8_e4m3:
            return at::kFloat8_e4m3fn;
        case ElementType::float8_e5m2:
            return at::kFloat8_e5m2;
        default:
            return {};
    }
}

ElementType element_type_of(at::ScalarType type) {
    for (const ElementTypeFacts& facts : element_types) {
        if (scalar_type_of(facts.type) == type) return facts.type;
    }
    NIGHTREEL_CHECK(false, "the format has a name for every type we write");
}

}  // namespace

std::vector<std::string> SafetensorsFile::names() const {
    std::vector<std::string> names;
    for (const auto& item : stored_.tensors()) names.push_back(item.first);
    return names;
}

at::Tensor tensor_view(const TensorFile& file, const StoredTensor& stored) {
    const auto type = scalar_type_of(stored.type);
    if (!type) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: contains tensors of the type {}, which are decoded by "
                                "`nightreel models import`",
                                file.file().string(),
                                facts_of(stored.type).name));
    }
    const auto options = at::TensorOptions().dtype(*type);
    if (stored.bytes == 0) return at::empty(stored.shape, options);
    const std::byte* data = file.bytes_of(stored).data();
    if (reinterpret_cast<std::uintptr_t>(data) % facts_of(stored.type).bytes != 0) {
        // A header need not have a length that aligns what follows it.
        at::Tensor copy = at::empty(stored.shape, options);
        std::memcpy(copy.mutable_data_ptr(), data, stored.bytes);
        return copy;
    }
    // ATen has no read-only tensors: the mapping itself is read-only, so a write is a fault at
    // once.
    return at::from_blob(
        const_cast<std::byte*>(data), stored.shape, [mapping = file.mapping()](void*) {}, options);
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
    return tensor_view(stored_, stored_.at(name));
}

std::string SafetensorsFile::type_of(std::string_view name) const {
    return std::string(facts_of(stored_.at(name).type).name);
}

NamedTensors SafetensorsFile::tensors() const {
    NamedTensors tensors;
    for (const auto& [name, stored] : stored_.tensors()) {
        tensors.emplace(name, tensor_view(stored_, stored));
    }
    return tensors;
}

NamedTensors read_safetensors(const std::filesystem::path& file) {
    return SafetensorsFile(file).tensors();
}

std::string safetensors_bytes(const NamedTensors& tensors, const TextMetadata& metadata) {
    std::map<std::string, TensorFacts, std::less<>> facts;
    std::uint64_t data_bytes = 0;
    for (const auto& [name, tensor] : tensors) {
        facts[name] = {element_type_of(tensor.scalar_type()), tensor.sizes().vec()};
        data_bytes += tensor.nbytes();
    }
    std::string bytes = safetensors_header_bytes(facts, metadata);
    bytes.reserve(bytes.size() + data_bytes);
    for (const auto& item : tensors) {
        const at::Tensor plain = item.second.to(at::kCPU).contiguous();
        if (plain.numel() == 0) continue;
        bytes.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    }
    return bytes;
}

void write_safetensors(const std::filesystem::path& file,
                       const NamedTensors& tensors,
                       const TextMetadata& metadata) {
    write_file_atomically(file, safetensors_bytes(tensors, metadata));
}

}  // namespace nightreel
