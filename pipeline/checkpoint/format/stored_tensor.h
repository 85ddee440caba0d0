#pragma once
// Where a tensor lies in a file: its type, shape and place, without a tensor library. Values; any
// thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

using TextMetadata = std::map<std::string, std::string>;

// More dimensions than any network has; a file that says more is damaged.
inline constexpr std::size_t tensor_rank_max = 16;

enum class ElementType {
    boolean,
    uint8,
    int8,
    int16,
    float16,
    bfloat16,
    int32,
    float32,
    int64,
    float64
};

struct ElementTypeFacts {
    ElementType type;
    std::string_view name;  // as safetensors has it
    std::uint64_t bytes;
};

inline constexpr auto element_types =
    std::to_array<ElementTypeFacts>({{ElementType::boolean, "BOOL", 1},
                                     {ElementType::uint8, "U8", 1},
                                     {ElementType::int8, "I8", 1},
                                     {ElementType::int16, "I16", 2},
                                     {ElementType::float16, "F16", 2},
                                     {ElementType::bfloat16, "BF16", 2},
                                     {ElementType::int32, "I32", 4},
                                     {ElementType::float32, "F32", 4},
                                     {ElementType::int64, "I64", 8},
                                     {ElementType::float64, "F64", 8}});

constexpr const ElementTypeFacts& facts_of(ElementType type) {
    return element_types[static_cast<std::size_t>(type)];
}

struct StoredTensor {
    ElementType type = ElementType::float32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  // in the file
    std::uint64_t bytes = 0;

    std::int64_t elements() const {
        return static_cast<std::int64_t>(bytes / facts_of(type).bytes);
    }
};

using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

// How many bytes a shape takes; nothing when the product does not fit, as it does not for sizes
// that no file can have. Sizes are not negative.
std::optional<std::uint64_t> bytes_of_shape(std::span<const std::int64_t> shape,
                                            std::uint64_t item_bytes);

}  // namespace nightreel
