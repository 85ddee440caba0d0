#include "pipeline/checkpoint/format/stored_scalar.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "pipeline/checkpoint/format/coded_numbers.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

template <class T>
T value_in(std::span<const std::byte> bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

// IEEE 754 binary16: one sign bit, five of the exponent, ten of the fraction.
double value_of_half(std::uint16_t half) {
    const double sign = (half & 0x8000U) != 0 ? -1.0 : 1.0;
    const int exponent = (half >> 10U) & 0x1F;
    const int fraction = half & 0x3FF;
    constexpr int exponent_special = 0x1F;
    if (exponent == exponent_special) {
        return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
    }
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(fraction + 1024, exponent - 25);
}

// IEEE 754 numbers of one width: without their signs they are ordered as integers are, and from the
// infinity on they are no numbers. Blocks of a fixed size, so that the loop becomes vectors.
template <class Word>
bool all_below(std::span<const std::byte> bytes, Word infinity) {
    constexpr std::size_t words_at_once = 2048;
    constexpr auto without_sign = static_cast<Word>(static_cast<Word>(~Word{0}) >> 1U);
    std::array<Word, words_at_once> words{};
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), sizeof(words)));
        std::memcpy(words.data(), part.data(), part.size());
        std::fill(words.begin() + static_cast<std::ptrdiff_t>(part.size() / sizeof(Word)),
                  words.end(),
                  Word{0});
        Word largest = 0;
        for (const Word word : words) {
            largest = std::max(largest, static_cast<Word>(word & without_sign));
        }
        if (largest >= infinity) return false;
        bytes = bytes.subspan(part.size());
    }
    return true;
}

}  // namespace

double stored_scalar(std::span<const std::byte> bytes, ElementType type) {
    NIGHTREEL_CHECK(bytes.size() == facts_of(type).bytes, "the bytes of one element");
    switch (type) {
        case ElementType::boolean:
        case ElementType::uint8:
            return value_in<std::uint8_t>(bytes);
        case ElementType::int8:
            return value_in<std::int8_t>(bytes);
        case ElementType::int16:
            return value_in<std::int16_t>(bytes);
        case ElementType::int32:
            return value_in<std::int32_t>(bytes);
        case ElementType::int64:
            return static_cast<double>(value_in<std::int64_t>(bytes));
        case ElementType::float16:
            return value_of_half(value_in<std::uint16_t>(bytes));
        case ElementType::bfloat16:
            // The upper half of a float.
            return std::bit_cast<float>(std::uint32_t{value_in<std::uint16_t>(bytes)} << 16U);
        case ElementType::float32:
            return value_in<float>(bytes);
        case ElementType::float64:
            return value_in<double>(bytes);
        case ElementType::float8_e4m3:
        case ElementType::float8_e5m2: {
            float value = 0;
            decode_numbers(bytes, type, {&value, 1});
            return double{value};
        }
        default:
            break;
    }
    NIGHTREEL_CHECK(false, "an element that stands alone, not one of a block");
}

bool all_finite(std::span<const std::byte> bytes, ElementType type) {
    switch (type) {
        case ElementType::float16:
            return all_below<std::uint16_t>(bytes, 0x7C00);
        case ElementType::bfloat16:
            return all_below<std::uint16_t>(bytes, 0x7F80);
        case ElementType::float32:
            return all_below<std::uint32_t>(bytes, 0x7F80'0000);
        case ElementType::float64:
            return all_below<std::uint64_t>(bytes, 0x7FF0'0000'0000'0000);
        default:
            return true;
    }
}

}  // namespace nightreel
