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
    float64,
    // In few bits (coded_numbers.h).
    float8_e4m3,
    float8_e5m2,
    // Blocks of ggml, in GGUF files alone.
    q4_0,
    q4_1,
    q5_0,
    q5_1,
    q8_0,
    q2_k,
    q3_k,
    q4_k,
    q5_k,
    q6_k
};

struct ElementTypeFacts {
    ElementType type;
    std::string_view name;  // as safetensors has it, or ggml
    std::uint64_t bytes;
    std::uint64_t elements = 1;  // that these bytes hold
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
                                     {ElementType::float64, "F64", 8},
                                     {ElementType::float8_e4m3, "F8_E4M3", 1},
                                     {ElementType::float8_e5m2, "F8_E5M2", 1},
                                     {ElementType::q4_0, "Q4_0", 18, 32},
                                     {ElementType::q4_1, "Q4_1", 20, 32},
                                     {ElementType::q5_0, "Q5_0", 22, 32},
                                     {ElementType::q5_1, "Q5_1", 24, 32},
                                     {ElementType::q8_0, "Q8_0", 34, 32},
                                     {ElementType::q2_k, "Q2_K", 84, 256},
                                     {ElementType::q3_k, "Q3_K", 110, 256},
                                     {ElementType::q4_k, "Q4_K", 144, 256},
                                     {ElementType::q5_k, "Q5_K", 176, 256},
                                     {ElementType::q6_k, "Q6_K", 210, 256}});

constexpr const ElementTypeFacts& facts_of(ElementType type) {
    return element_types[static_cast<std::size_t>(type)];
}

struct StoredTensor {
    ElementType type = ElementType::float32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  // in the file
    std::uint64_t bytes = 0;

    std::int64_t elements() const {
        const ElementTypeFacts& facts = facts_of(type);
        return static_cast<std::int64_t>(bytes / facts.bytes * facts.elements);
    }
};

using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

// How many bytes a shape takes; nothing when the product does not fit, as it does not for sizes
// that no file can have. Sizes are not negative.
std::optional<std::uint64_t> bytes_of_shape(std::span<const std::int64_t> shape,
                                            std::uint64_t item_bytes);

}  // namespace nightreel
