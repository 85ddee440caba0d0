#include "pipeline/model/safetensors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/model/json_document.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t header_bytes_max = 100'000'000;  // as the reference implementation has it
constexpr std::size_t rank_max = 16;
constexpr std::string_view metadata_key = "__metadata__";

struct StoredType {
    std::string_view name;
    at::ScalarType type;
    std::uint64_t bytes;
};

constexpr auto stored_types = std::to_array<StoredType>({{"BOOL", at::kBool, 1},
                                                         {"U8", at::kByte, 1},
                                                         {"I8", at::kChar, 1},
                                                         {"I16", at::kShort, 2},
                                                         {"F16", at::kHalf, 2},
                                                         {"BF16", at::kBFloat16, 2},
                                                         {"I32", at::kInt, 4},
                                                         {"F32", at::kFloat, 4},
                                                         {"I64", at::kLong, 8},
                                                         {"F64", at::kDouble, 8}});

std::optional<StoredType> stored_type_named(std::string_view name) {
    for (const StoredType& type : stored_types) {
        if (type.name == name) return type;
    }
    return {};
}

std::uint64_t little_endian(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = (value << 8U) | std::to_integer<std::uint64_t>(bytes[i - 1]);
    }
    return value;
}

// Nothing when the product does not fit, as it does for sizes that no file can have.
std::optional<std::uint64_t> bytes_of(std::span<const std::int64_t> shape,
                                      std::uint64_t item_bytes) {
    std::uint64_t product = item_bytes;
    for (const std::int64_t size : shape) {
        if (__builtin_mul_overflow(product, static_cast<std::uint64_t>(size), &product)) return {};
    }
    return product;
}

}  // namespace

struct SafetensorsFile::Mapping {
    explicit Mapping(const std::filesystem::path& file) {
        const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            const auto kind = errno == ENOENT ? ErrorKind::bad_input : ErrorKind::unavailable;
            throw Error(kind,
                        fmt::format("{}: cannot be opened: {}",
                                    file.string(),
                                    std::generic_category().message(errno)));
        }
        struct stat facts = {};
        const bool regular = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
        void* address = nullptr;
        if (regular && facts.st_size > 0) {
            bytes = static_cast<std::size_t>(facts.st_size);
            address = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
        }
        const int fault = errno;
        ::close(descriptor);
        if (!regular) throw Error(ErrorKind::bad_input, file.string() + ": not a regular file");
        if (address == MAP_FAILED) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{}: cannot be mapped: {}",
                                    file.string(),
                                    std::generic_category().message(fault)));
        }
        start = static_cast<const std::byte*>(address);
    }

    ~Mapping() {
        // munmap takes no pointer to const, though it writes nothing.
        if (start != nullptr) ::munmap(const_cast<std::byte*>(start), bytes);
    }

    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    const std::byte* start = nullptr;
    std::size_t bytes = 0;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file)
    : file_(file), mapping_(std::make_shared<const Mapping>(file)) {
    const std::span<const std::byte> all(mapping_->start, mapping_->bytes);
    if (all.size() < length_bytes) {
        refuse(
            fmt::format("the file is empty or too short: {} bytes, but a header length alone has 8",
                        all.size()));
    }
    const std::uint64_t header_bytes = little_endian(all.first(length_bytes));
    if (header_bytes > all.size() - length_bytes) {
        refuse(
            fmt::format("the header length says {} bytes, but the file size is {}: the file is cut "
                        "off inside its header or is no safetensors file",
                        header_bytes,
                        all.size()));
    }
    if (header_bytes > header_bytes_max) {
        refuse(fmt::format("the header length says {} bytes; at most {} are read",
                           header_bytes,
                           header_bytes_max));
    }
    data_offset_ = length_bytes + header_bytes;
    const char* text = reinterpret_cast<const char*>(mapping_->start + length_bytes);
    const std::uint64_t data_bytes = all.size() - data_offset_;
    read_header({text, static_cast<std::size_t>(header_bytes)}, data_bytes);
    check_layout(data_bytes);
}

void SafetensorsFile::refuse(const std::string& what) const {
    throw Error(ErrorKind::bad_input, file_.string() + ": " + what);
}

void SafetensorsFile::read_header(std::string_view header, std::uint64_t data_bytes) {
    const nlohmann::json document = parse_json_document(header, file_.string() + ": the header");
    if (!document.is_object()) refuse("the header is no JSON object");
    for (const auto& [name, item] : document.items()) {
        if (name == metadata_key) {
            if (!item.is_object()) refuse("the header's __metadata__ is no JSON object");
            for (const auto& [key, value] : item.items()) {
                if (!value.is_string()) refuse("__metadata__: " + key + ": a text is wanted");
                metadata_.emplace(key, value.get<std::string>());
            }
            continue;
        }
        const auto is_list_of_sizes = [](const nlohmann::json& list) {
            return list.is_array() && std::ranges::all_of(list, [](const nlohmann::json& size) {
                       return size.is_number_unsigned();
                   });
        };
        if (!item.is_object() || item.size() != 3 || !item.contains("dtype") ||
            !item.contains("shape") || !item.contains("data_offsets") ||
            !item["dtype"].is_string() || !is_list_of_sizes(item["shape"]) ||
            !is_list_of_sizes(item["data_offsets"]) || item["data_offsets"].size() != 2 ||
            item["shape"].size() > rank_max) {
            refuse(name + ": the header must give dtype, shape and data_offsets, and nothing else");
        }
        Entry entry;
        entry.type = item["dtype"].get<std::string>();
        const auto type = stored_type_named(entry.type);
        if (!type)
            refuse(fmt::format("{}: stored as {}, a type this reader lacks", name, entry.type));
        for (const nlohmann::json& size : item["shape"]) {
            // No dimension of a tensor that lies in this file can be larger than the file, unless
            // another one is 0; such a tensor has no use and an absurd size, so it is refused too.
            if (size.get<std::uint64_t>() > data_bytes) {
                refuse(fmt::format(
                    "{}: shape or size is wrong: a dimension of {} in a file of {} bytes",
                    name,
                    size.dump(),
                    mapping_->bytes));
            }
            entry.shape.push_back(size.get<std::int64_t>());
        }
        entry.begin = item["data_offsets"][0].get<std::uint64_t>();
        entry.end = item["data_offsets"][1].get<std::uint64_t>();
        entries_.emplace(name, std::move(entry));
    }
}

void SafetensorsFile::check_layout(std::uint64_t data_bytes) const {
    std::vector<const std::pair<const std::string, Entry>*> by_place;
    for (const auto& item : entries_) {
        const auto& [name, entry] = item;
        if (entry.begin > entry.end) {
            refuse(fmt::format(
                "{}: its data offsets [{}, {}] run backwards", name, entry.begin, entry.end));
        }
        const auto wanted = bytes_of(entry.shape, stored_type_named(entry.type)->bytes);
        if (!wanted || *wanted != entry.end - entry.begin) {
            refuse(fmt::format("{}: shape or size is wrong: [{}] of {} is not {} bytes long",
                               name,
                               fmt::join(entry.shape, ", "),
                               entry.type,
                               entry.end - entry.begin));
        }
        by_place.push_back(&item);
    }
    std::ranges::sort(by_place, [](const auto* a, const auto* b) {
        return std::pair(a->second.begin, a->second.end) <
               std::pair(b->second.begin, b->second.end);
    });
    for (const auto* item : by_place) {
        if (item->second.end > data_bytes) {
            refuse(fmt::format(
                "{}: its data offsets [{}, {}] lie outside; the header is wrong, or the "
                "file is truncated or ends early (file size and size needed: {} and {} "
                "bytes)",
                item->first,
                item->second.begin,
                item->second.end,
                mapping_->bytes,
                data_offset_ + by_place.back()->second.end));
        }
    }
    std::uint64_t place = 0;
    for (const auto* item : by_place) {
        if (item->second.begin != place) {
            refuse(fmt::format(
                "{}: its data offsets begin at {}, but {} is where the tensor before it "
                "ends: an overlap or a gap",
                item->first,
                item->second.begin,
                place));
        }
        place = item->second.end;
    }
    if (place != data_bytes) {
        refuse(fmt::format("{} bytes after the last tensor belong to none", data_bytes - place));
    }
}

std::vector<std::string> SafetensorsFile::names() const {
    std::vector<std::string> names;
    for (const auto& item : entries_) names.push_back(item.first);
    return names;
}

const SafetensorsFile::Entry& SafetensorsFile::at(std::string_view name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) refuse(fmt::format("{}: missing", name));
    return found->second;
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
    const Entry& entry = at(name);
    const StoredType type = *stored_type_named(entry.type);
    const auto options = at::TensorOptions().dtype(type.type);
    const std::byte* data = mapping_->start + data_offset_ + entry.begin;
    if (entry.begin == entry.end) return at::empty(entry.shape, options);
    if (reinterpret_cast<std::uintptr_t>(data) % type.bytes != 0) {
        // A header need not have a length that aligns what follows it.
        at::Tensor copy = at::empty(entry.shape, options);
        std::memcpy(copy.mutable_data_ptr(), data, entry.end - entry.begin);
        return copy;
    }
    // ATen has no read-only tensors: the mapping itself is read-only, so a write is a fault at
    // once.
    return at::from_blob(
        const_cast<std::byte*>(data), entry.shape, [mapping = mapping_](void*) {}, options);
}

NamedTensors SafetensorsFile::tensors() const {
    NamedTensors tensors;
    for (const auto& item : entries_) tensors.emplace(item.first, tensor(item.first));
    return tensors;
}

NamedTensors read_safetensors(const std::filesystem::path& file) {
    return SafetensorsFile(file).tensors();
}

std::string safetensors_bytes(const NamedTensors& tensors, const TextMetadata& metadata) {
    nlohmann::json header = nlohmann::json::object();
    if (!metadata.empty()) header[std::string(metadata_key)] = metadata;
    std::uint64_t place = 0;
    for (const auto& [name, tensor] : tensors) {
        NIGHTREEL_CHECK(name != metadata_key, "a tensor must not have the name of the metadata");
        const auto type = std::ranges::find(stored_types, tensor.scalar_type(), &StoredType::type);
        NIGHTREEL_CHECK(type != stored_types.end(),
                        "the format has a name for every type we write");
        const std::uint64_t begin = std::exchange(place, place + tensor.nbytes());
        header[name] = {{"dtype", type->name}, {"shape", tensor.sizes().vec()}};
        header[name]["data_offsets"] = {begin, place};
    }
    std::string text = header.dump();
    text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
    std::string bytes;
    bytes.reserve(length_bytes + text.size() + place);
    for (std::uint64_t i = 0; i < length_bytes; ++i) {
        bytes.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFFU));
    }
    bytes += text;
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
