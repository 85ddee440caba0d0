#include "pipeline/checkpoint/format/gguf_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/plain_name.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::string_view gguf_magic = "GGUF";
constexpr std::uint64_t gguf_entries_max = 1U << 20U;  // of tensors and of facts
constexpr std::uint64_t gguf_dimensions_max = 5;       // what conversions of Wan write

// The numbers of ggml's types.
struct GgmlType {
    std::uint32_t number;
    std::string_view name;
    std::optional<ElementType> type;  // nothing: not read here
};

constexpr auto ggml_types = std::to_array<GgmlType>({{0, "F32", ElementType::float32},
                                                     {1, "F16", ElementType::float16},
                                                     {2, "Q4_0", ElementType::q4_0},
                                                     {3, "Q4_1", ElementType::q4_1},
                                                     {6, "Q5_0", ElementType::q5_0},
                                                     {7, "Q5_1", ElementType::q5_1},
                                                     {8, "Q8_0", ElementType::q8_0},
                                                     {9, "Q8_1", {}},
                                                     {10, "Q2_K", ElementType::q2_k},
                                                     {11, "Q3_K", ElementType::q3_k},
                                                     {12, "Q4_K", ElementType::q4_k},
                                                     {13, "Q5_K", ElementType::q5_k},
                                                     {14, "Q6_K", ElementType::q6_k},
                                                     {15, "Q8_K", {}},
                                                     {16, "IQ2_XXS", {}},
                                                     {17, "IQ2_XS", {}},
                                                     {18, "IQ3_XXS", {}},
                                                     {19, "IQ1_S", {}},
                                                     {20, "IQ4_NL", {}},
                                                     {21, "IQ3_S", {}},
                                                     {22, "IQ2_S", {}},
                                                     {23, "IQ4_XS", {}},
                                                     {24, "I8", ElementType::int8},
                                                     {25, "I16", ElementType::int16},
                                                     {26, "I32", ElementType::int32},
                                                     {27, "I64", ElementType::int64},
                                                     {28, "F64", ElementType::float64},
                                                     {29, "IQ1_M", {}},
                                                     {30, "BF16", ElementType::bfloat16},
                                                     {34, "TQ1_0", {}},
                                                     {35, "TQ2_0", {}},
                                                     {39, "MXFP4", {}}});

enum FactType : std::uint32_t {
    fact_u8,
    fact_i8,
    fact_u16,
    fact_i16,
    fact_u32,
    fact_i32,
    fact_f32,
    fact_bool,
    fact_text,
    fact_list,
    fact_u64,
    fact_i64,
    fact_f64
};

std::uint64_t fact_bytes(std::uint32_t type) {
    switch (type) {
        case fact_u8:
        case fact_i8:
        case fact_bool:
            return 1;
        case fact_u16:
        case fact_i16:
            return 2;
        case fact_u32:
        case fact_i32:
        case fact_f32:
            return 4;
        case fact_u64:
        case fact_i64:
        case fact_f64:
            return 8;
        default:
            return 0;
    }
}

class GgufReader {
  public:
    GgufReader(std::span<const std::byte> file, const std::string& label)
        : file_(file), label_(label) {}

    GgufHeader read() {
        take(gguf_magic.size());
        const auto version = number<std::uint32_t>();
        if (version != 2 && version != 3) {
            refuse(fmt::format("GGUF of version {}; versions 2 and 3 are read", version));
        }
        const std::uint64_t tensors = count("tensors");
        const std::uint64_t facts = count("metadata entries");
        for (std::uint64_t i = 0; i < facts; ++i) read_fact();
        for (std::uint64_t i = 0; i < tensors; ++i) read_tensor();
        place_tensors();
        return std::move(header_);
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, label_ + ": " + what);
    }

    std::span<const std::byte> take(std::uint64_t bytes) {
        if (bytes > file_.size() - at_) {
            refuse("the file is truncated in its header; download it again");
        }
        const auto taken = file_.subspan(at_, static_cast<std::size_t>(bytes));
        at_ += static_cast<std::size_t>(bytes);
        return taken;
    }

    template <class T>
    T number() {
        T value{};
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }

    std::uint64_t count(std::string_view of) {
        const auto found = number<std::uint64_t>();
        if (found > gguf_entries_max) {
            refuse(fmt::format("{} {}; the limit is {}", found, of, gguf_entries_max));
        }
        return found;
    }

    std::string text() {
        const auto bytes = take(number<std::uint64_t>());
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    std::string name() {
        std::string found = text();
        if (has_control_characters(found)) refuse("a name contains control characters");
        return found;
    }

    void read_fact() {
        const std::string key = name();
        const auto type = number<std::uint32_t>();
        if (type == fact_text) {
            const std::string value = text();
            if (key == "tokenizer.ggml.model") header_.tokenizer.model = value;
            header_.metadata[key] = value;
        } else if (type == fact_list) {
            read_list(key);
        } else {
            read_number(key, type);
        }
    }

    void read_number(const std::string& key, std::uint32_t type) {
        const std::uint64_t bytes = fact_bytes(type);
        if (bytes == 0) refuse(fmt::format("{}: a value of the unknown type {}", key, type));
        std::uint64_t value = 0;
        std::memcpy(&value, take(bytes).data(), static_cast<std::size_t>(bytes));
        const bool is_whole = type != fact_f32 && type != fact_f64;
        if (is_whole) header_.metadata[key] = std::to_string(value);
        if (key == "general.alignment") alignment_ = value;
        if (key == "tokenizer.ggml.add_space_prefix") header_.tokenizer.adds_space = value != 0;
        if (key == "tokenizer.ggml.remove_extra_whitespaces") {
            header_.tokenizer.removes_spaces = value != 0;
        }
    }

    void read_list(const std::string& key) {
        const auto type = number<std::uint32_t>();
        const auto length = number<std::uint64_t>();
        // Each entry takes a byte at least: nothing is allocated by a length that the file claims.
        if (length > file_.size()) refuse(fmt::format("{}: {} values", key, length));
        if (type == fact_text) {
            for (std::uint64_t i = 0; i < length; ++i) {
                std::string token = text();
                if (key == "tokenizer.ggml.tokens") {
                    header_.tokenizer.tokens.push_back(std::move(token));
                }
            }
            return;
        }
        const std::uint64_t bytes = fact_bytes(type);
        if (bytes == 0) refuse(fmt::format("{}: a list of values of the type {}", key, type));
        const auto values = take(length * bytes);
        if (key == "tokenizer.ggml.scores" && type == fact_f32) {
            header_.tokenizer.scores.resize(static_cast<std::size_t>(length));
            std::memcpy(header_.tokenizer.scores.data(), values.data(), values.size());
        }
        if (key == "tokenizer.ggml.token_type" && type == fact_i32) {
            header_.tokenizer.types.resize(static_cast<std::size_t>(length));
            std::memcpy(header_.tokenizer.types.data(), values.data(), values.size());
        }
        if (key == "tokenizer.ggml.precompiled_charsmap" && bytes == 1) {
            header_.tokenizer.has_normalizer = true;
            header_.tokenizer.normalizer.assign(reinterpret_cast<const char*>(values.data()),
                                                values.size());
        }
    }

    void read_tensor() {
        const std::string key = name();
        const auto dimensions = number<std::uint32_t>();
        if (dimensions < 1 || dimensions > gguf_dimensions_max) {
            refuse(fmt::format("{}: {} dimensions", key, dimensions));
        }
        StoredTensor tensor;
        for (std::uint32_t i = 0; i < dimensions; ++i) {
            const auto size = number<std::uint64_t>();
            constexpr std::uint64_t size_max = std::uint64_t{1} << 40U;
            if (size > size_max) refuse(fmt::format("{}: a dimension of {}", key, size));
            tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(size));
        }
        const auto number_of_type = number<std::uint32_t>();
        const auto* const type = std::ranges::find(ggml_types, number_of_type, &GgmlType::number);
        if (type == ggml_types.end() || !type->type) {
            refuse(fmt::format(
                "{}: stored as {}, which is not read here; take a GGUF file of Q8_0, Q6_K, Q5_K, "
                "Q4_K, Q5_0 or Q4_0, or the fp16, bf16 or fp8 safetensors file of the model",
                key,
                type == ggml_types.end() ? fmt::format("type {} of ggml", number_of_type)
                                         : std::string(type->name)));
        }
        tensor.type = *type->type;
        tensor.begin = number<std::uint64_t>();
        const ElementTypeFacts& facts = facts_of(tensor.type);
        const auto elements = bytes_of_shape(tensor.shape, 1);
        const auto row = static_cast<std::uint64_t>(tensor.shape.back());
        if (!elements || row % facts.elements != 0) {
            refuse(fmt::format("{}: shape [{}] has no whole blocks of {}",
                               key,
                               fmt::join(tensor.shape, ", "),
                               facts.name));
        }
        if (__builtin_mul_overflow(*elements / facts.elements, facts.bytes, &tensor.bytes)) {
            refuse(fmt::format("{}: shape or size is wrong", key));
        }
        if (!header_.tensors.emplace(key, std::move(tensor)).second) {
            refuse(fmt::format("{}: stored twice", key));
        }
    }

    // Offsets count from the first multiple of the alignment after the header.
    void place_tensors() {
        constexpr std::uint64_t alignment_max = 1U << 20U;
        if (alignment_ < 1 || alignment_ > alignment_max) {
            refuse(fmt::format("general.alignment: {}", alignment_));
        }
        const std::uint64_t data = (at_ + alignment_ - 1) / alignment_ * alignment_;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
        for (auto& [key, tensor] : header_.tensors) {
            std::uint64_t end = 0;
            const bool is_too_large = __builtin_add_overflow(tensor.begin, data, &tensor.begin) ||
                                      __builtin_add_overflow(tensor.begin, tensor.bytes, &end);
            if (is_too_large || end > file_.size()) {
                refuse(
                    fmt::format("{}: its data end at byte {}, but the file has {}: it is "
                                "truncated; download it again",
                                key,
                                end,
                                file_.size()));
            }
            parts.emplace_back(tensor.begin, end);
        }
        std::ranges::sort(parts);
        for (std::size_t i = 1; i < parts.size(); ++i) {
            if (parts[i].first < parts[i - 1].second) refuse("tensors overlap");
        }
    }

    std::span<const std::byte> file_;
    const std::string& label_;
    std::size_t at_ = 0;
    std::uint64_t alignment_ = 32;
    GgufHeader header_;
};

}  // namespace

bool is_gguf(std::span<const std::byte> file) {
    return file.size() >= gguf_magic.size() &&
           std::string_view(reinterpret_cast<const char*>(file.data()), gguf_magic.size()) ==
               gguf_magic;
}

GgufHeader read_gguf_header(std::span<const std::byte> file, const std::string& label) {
    return GgufReader(file, label).read();
}

}  // namespace nightreel
