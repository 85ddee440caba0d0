#include "pipeline/checkpoint/format/safetensors_header.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/format/plain_name.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t header_bytes_max = 100'000'000;  // as the reference implementation has it
constexpr std::string_view metadata_key = "__metadata__";

struct Source {
    const std::string& label;
    std::uint64_t file_bytes = 0;
    std::uint64_t data_offset = 0;

    std::uint64_t data_bytes() const { return file_bytes - data_offset; }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, label + ": " + what);
    }
};

std::uint64_t little_endian(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = (value << 8U) | std::to_integer<std::uint64_t>(bytes[i - 1]);
    }
    return value;
}

std::uint64_t read_header_length(std::span<const std::byte> file, const Source& source) {
    if (file.size() < length_bytes) {
        source.refuse(fmt::format(
            "the file is empty or too short: {} bytes, but a header length alone has 8; "
            "download it again",
            file.size()));
    }
    const std::string placeholder = placeholder_in(file);
    if (!placeholder.empty()) source.refuse(placeholder);
    const std::uint64_t length = little_endian(file.first(length_bytes));
    if (length > file.size() - length_bytes) {
        source.refuse(
            fmt::format("the header length is {} bytes, but the file size is {}: the file is "
                        "truncated in its header or not a safetensors file; download it again",
                        length,
                        file.size()));
    }
    if (length > header_bytes_max) {
        source.refuse(fmt::format(
            "the header length is {} bytes; the limit is {}", length, header_bytes_max));
    }
    return length;
}

TextMetadata read_metadata(const nlohmann::json& item, const Source& source) {
    if (!item.is_object()) source.refuse("__metadata__ in the header is not a JSON object");
    TextMetadata metadata;
    for (const auto& [key, value] : item.items()) {
        if (!value.is_string()) source.refuse("__metadata__: " + key + ": expected a string");
        metadata.emplace(key, value.get<std::string>());
    }
    return metadata;
}

bool is_list_of_sizes(const nlohmann::json& list) {
    return list.is_array() && std::ranges::all_of(list, [](const nlohmann::json& size) {
               return size.is_number_unsigned();
           });
}

bool is_tensor_item(const nlohmann::json& item) {
    return item.is_object() && item.size() == 3 && item.contains("dtype") &&
           item.contains("shape") && item.contains("data_offsets") && item["dtype"].is_string() &&
           is_list_of_sizes(item["shape"]) && is_list_of_sizes(item["data_offsets"]) &&
           item["data_offsets"].size() == 2 && item["shape"].size() <= tensor_rank_max;
}

StoredTensor read_tensor_item(const std::string& name,
                              const nlohmann::json& item,
                              const Source& source) {
    if (!is_tensor_item(item)) {
        source.refuse(name +
                      ": the header must contain dtype, shape and data_offsets, and nothing else");
    }
    const auto type_name = item["dtype"].get<std::string>();
    const auto type = std::ranges::find(element_types, type_name, &ElementTypeFacts::name);
    if (type == element_types.end() || type->elements != 1) {
        source.refuse(
            fmt::format("{}: unsupported data type {}; use a file of BF16, F16, F32 or F8_E4M3",
                        name,
                        type_name));
    }
    StoredTensor tensor;
    tensor.type = type->type;
    for (const nlohmann::json& size : item["shape"]) {
        // No dimension of a tensor that lies in this file can be larger than the file, unless
        // another one is 0; such a tensor has no use and an absurd size, so it is refused too.
        if (size.get<std::uint64_t>() > source.data_bytes()) {
            source.refuse(
                fmt::format("{}: shape or size is wrong: a dimension of {} in a file of {} bytes",
                            name,
                            size.dump(),
                            source.file_bytes));
        }
        tensor.shape.push_back(size.get<std::int64_t>());
    }
    const auto begin = item["data_offsets"][0].get<std::uint64_t>();
    const auto end = item["data_offsets"][1].get<std::uint64_t>();
    if (begin > end) {
        source.refuse(fmt::format("{}: its data offsets [{}, {}] are reversed", name, begin, end));
    }
    const auto wanted = bytes_of_shape(tensor.shape, type->bytes);
    if (!wanted || *wanted != end - begin) {
        source.refuse(fmt::format("{}: shape or size is wrong: [{}] of {} is not {} bytes long",
                                  name,
                                  fmt::join(tensor.shape, ", "),
                                  type->name,
                                  end - begin));
    }
    tensor.begin = begin;  // in the data part, until the layout was checked
    tensor.bytes = end - begin;
    return tensor;
}

// Every byte of data belongs to one tensor.
void check_layout(const StoredTensors& tensors, const Source& source) {
    std::vector<const std::pair<const std::string, StoredTensor>*> by_place;
    for (const auto& item : tensors) by_place.push_back(&item);
    std::ranges::sort(by_place, {}, [](const auto* item) {
        return std::pair(item->second.begin, item->second.bytes);
    });
    const auto end_of = [](const auto* item) { return item->second.begin + item->second.bytes; };
    for (const auto* item : by_place) {
        if (end_of(item) > source.data_bytes()) {
            source.refuse(
                fmt::format("{}: its data offsets [{}, {}] lie outside; the header is wrong, or "
                            "the file is truncated or ends early (file size and size needed: {} "
                            "and {} bytes); download it again",
                            item->first,
                            item->second.begin,
                            end_of(item),
                            source.file_bytes,
                            source.data_offset + end_of(by_place.back())));
        }
    }
    std::uint64_t place = 0;
    for (const auto* item : by_place) {
        if (item->second.begin != place) {
            source.refuse(
                fmt::format("{}: its data offsets start at {}, but the previous tensor ends at {}: "
                            "overlap or gap",
                            item->first,
                            item->second.begin,
                            place));
        }
        place = end_of(item);
    }
    if (place != source.data_bytes()) {
        source.refuse(
            fmt::format("{} unused bytes after the last tensor", source.data_bytes() - place));
    }
}

}  // namespace

std::optional<std::uint64_t> bytes_of_shape(std::span<const std::int64_t> shape,
                                            std::uint64_t item_bytes) {
    std::uint64_t product = item_bytes;
    for (const std::int64_t size : shape) {
        if (__builtin_mul_overflow(product, static_cast<std::uint64_t>(size), &product)) return {};
    }
    return product;
}

SafetensorsHeader read_safetensors_header(std::span<const std::byte> file,
                                          const std::string& label) {
    Source source{label, file.size(), 0};
    const std::uint64_t length = read_header_length(file, source);
    source.data_offset = length_bytes + length;
    const std::string_view text(reinterpret_cast<const char*>(file.data()) + length_bytes,
                                static_cast<std::size_t>(length));
    const nlohmann::json document = parse_json_document(text, label + ": the header");
    if (!document.is_object()) source.refuse("the header is not a JSON object");
    SafetensorsHeader header;
    for (const auto& [name, item] : document.items()) {
        if (name == metadata_key) {
            header.metadata = read_metadata(item, source);
        } else {
            if (has_control_characters(name)) {
                source.refuse("a tensor name contains control characters");
            }
            header.tensors.emplace(name, read_tensor_item(name, item, source));
        }
    }
    check_layout(header.tensors, source);
    for (auto& item : header.tensors) item.second.begin += source.data_offset;
    return header;
}

std::string safetensors_header_bytes(const std::map<std::string, TensorFacts, std::less<>>& tensors,
                                     const TextMetadata& metadata) {
    nlohmann::json header = nlohmann::json::object();
    if (!metadata.empty()) header[std::string(metadata_key)] = metadata;
    std::uint64_t place = 0;
    for (const auto& [name, facts] : tensors) {
        NIGHTREEL_CHECK(name != metadata_key, "a tensor must not have the name of the metadata");
        const ElementTypeFacts& type = facts_of(facts.type);
        const auto bytes = bytes_of_shape(facts.shape, type.bytes);
        NIGHTREEL_CHECK(bytes, "a tensor that exists has a size");
        const std::uint64_t begin = std::exchange(place, place + *bytes);
        header[name] = {{"dtype", type.name}, {"shape", facts.shape}};
        header[name]["data_offsets"] = {begin, place};
    }
    std::string text = header.dump();
    text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
    std::string bytes;
    for (std::uint64_t i = 0; i < length_bytes; ++i) {
        bytes.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFFU));
    }
    return bytes + text;
}

}  // namespace nightreel
