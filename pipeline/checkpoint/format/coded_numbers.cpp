#include "pipeline/checkpoint/format/coded_numbers.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

using Bytes = const std::uint8_t*;

float half_at(Bytes at) {
    return from_float16(static_cast<std::uint16_t>(at[0] | (at[1] << 8U)));
}

// ---- float8 ------------------------------------------------------------------------------------

float float8(std::uint8_t code, int exponent_bits, int bias, bool has_infinities) {
    const int fraction_bits = 7 - exponent_bits;
    const int fraction = code & ((1 << fraction_bits) - 1);
    const int exponent = (code >> fraction_bits) & ((1 << exponent_bits) - 1);
    const int last = (1 << exponent_bits) - 1;
    const float sign = (code & 0x80U) != 0 ? -1.0F : 1.0F;
    if (exponent == last && has_infinities) {
        return fraction == 0 ? sign * std::numeric_limits<float>::infinity()
                             : std::numeric_limits<float>::quiet_NaN();
    }
    // E4M3 gives up the infinities for one more octave, and keeps one NaN of each sign.
    if (exponent == last && fraction == (1 << fraction_bits) - 1 && !has_infinities) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    if (exponent == 0) {
        return sign * std::ldexp(static_cast<float>(fraction), 1 - bias - fraction_bits);
    }
    return sign * std::ldexp(static_cast<float>((1 << fraction_bits) + fraction),
                             exponent - bias - fraction_bits);
}

using Float8Table = std::array<float, 256>;

Float8Table float8_table(int exponent_bits, int bias, bool has_infinities) {
    Float8Table table{};
    for (std::size_t code = 0; code < table.size(); ++code) {
        table[code] = float8(static_cast<std::uint8_t>(code), exponent_bits, bias, has_infinities);
    }
    return table;
}

const Float8Table& table_of(ElementType type) {
    static const Float8Table e4m3 = float8_table(4, 7, false);
    static const Float8Table e5m2 = float8_table(5, 15, true);
    return type == ElementType::float8_e4m3 ? e4m3 : e5m2;
}

// ---- blocks of 32 ------------------------------------------------------------------------------

// Two numbers a byte: the low halves are the first 16 of the block, the high ones the rest.
void decode_q4_0(Bytes block, float* to) {
    const float scale = half_at(block);
    for (int i = 0; i < 16; ++i) {
        to[i] = static_cast<float>((block[2 + i] & 0x0F) - 8) * scale;
        to[i + 16] = static_cast<float>((block[2 + i] >> 4) - 8) * scale;
    }
}

void decode_q4_1(Bytes block, float* to) {
    const float scale = half_at(block);
    const float least = half_at(block + 2);
    for (int i = 0; i < 16; ++i) {
        to[i] = static_cast<float>(block[4 + i] & 0x0F) * scale + least;
        to[i + 16] = static_cast<float>(block[4 + i] >> 4) * scale + least;
    }
}

// The fifth bits of all 32 numbers stand together.
void read_fives(Bytes fifth_bits, Bytes low_bits, std::array<int, 32>& numbers) {
    std::uint32_t fifth = 0;
    std::memcpy(&fifth, fifth_bits, sizeof(fifth));
    for (unsigned i = 0; i < 16; ++i) {
        numbers[i] = static_cast<int>((low_bits[i] & 0x0FU) | (((fifth >> i) & 1U) << 4U));
        numbers[i + 16] =
            static_cast<int>((low_bits[i] >> 4U) | (((fifth >> (i + 16)) & 1U) << 4U));
    }
}

void decode_q5_0(Bytes block, float* to) {
    const float scale = half_at(block);
    std::array<int, 32> numbers{};
    read_fives(block + 2, block + 6, numbers);
    for (std::size_t i = 0; i < 32; ++i) to[i] = static_cast<float>(numbers[i] - 16) * scale;
}

void decode_q5_1(Bytes block, float* to) {
    const float scale = half_at(block);
    const float least = half_at(block + 2);
    std::array<int, 32> numbers{};
    read_fives(block + 4, block + 8, numbers);
    for (std::size_t i = 0; i < 32; ++i) to[i] = static_cast<float>(numbers[i]) * scale + least;
}

void decode_q8_0(Bytes block, float* to) {
    const float scale = half_at(block);
    for (int i = 0; i < 32; ++i) {
        to[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * scale;
    }
}

// ---- blocks of 256 in parts of 16 or 32, whose scales have few bits too ------------------------

void decode_q2_k(Bytes block, float* to) {
    const Bytes scales = block;
    const float scale = half_at(block + 80);
    const float least = half_at(block + 82);
    for (int part = 0; part < 16; ++part) {
        const int half = part / 8;               // of the block: 32 bytes each
        const int shift = 2 * ((part % 8) / 2);  // which two bits of them
        const Bytes codes = block + 16 + 32 * half + 16 * (part % 2);
        const float step = scale * static_cast<float>(scales[part] & 0x0F);
        const float base = least * static_cast<float>(scales[part] >> 4);
        for (int i = 0; i < 16; ++i) {
            *to++ = step * static_cast<float>((codes[i] >> shift) & 3) - base;
        }
    }
}

// Six bits each: the low four of 16 scales in 8 bytes, the high two in 4 more.
int q3_k_scale(Bytes scales, int part) {
    const int low = part < 8 ? scales[part] & 0x0F : scales[part - 8] >> 4;
    const int high = (scales[8 + part % 4] >> (2 * (part / 4))) & 3;
    return (low | (high << 4)) - 32;
}

void decode_q3_k(Bytes block, float* to) {
    const Bytes third_bits = block;
    const float scale = half_at(block + 108);
    for (int part = 0; part < 16; ++part) {
        const int half = part / 8;
        const int shift = 2 * ((part % 8) / 2);
        const int third = 4 * half + (part % 8) / 2;
        const int begin = 16 * (part % 2);
        const Bytes codes = block + 32 + 32 * half + begin;
        const float step = scale * static_cast<float>(q3_k_scale(block + 96, part));
        for (int i = 0; i < 16; ++i) {
            const bool has_third = ((third_bits[begin + i] >> third) & 1) != 0;
            *to++ = step * static_cast<float>(((codes[i] >> shift) & 3) - (has_third ? 0 : 4));
        }
    }
}

struct ScaleAndLeast {
    float scale = 0;
    float least = 0;
};

// Eight scales and eight minima of six bits in 12 bytes.
ScaleAndLeast q4_k_part(Bytes block, int part) {
    const Bytes packed = block + 4;
    int scale = 0;
    int least = 0;
    if (part < 4) {
        scale = packed[part] & 63;
        least = packed[part + 4] & 63;
    } else {
        scale = (packed[part + 4] & 0x0F) | ((packed[part - 4] >> 6) << 4);
        least = (packed[part + 4] >> 4) | ((packed[part] >> 6) << 4);
    }
    return {half_at(block) * static_cast<float>(scale),
            half_at(block + 2) * static_cast<float>(least)};
}

void decode_q4_k(Bytes block, float* to) {
    for (int part = 0; part < 8; ++part) {
        const ScaleAndLeast of = q4_k_part(block, part);
        const Bytes codes = block + 16 + 32 * (part / 2);
        const int shift = 4 * (part % 2);
        for (int i = 0; i < 32; ++i) {
            *to++ = of.scale * static_cast<float>((codes[i] >> shift) & 0x0F) - of.least;
        }
    }
}

void decode_q5_k(Bytes block, float* to) {
    const Bytes fifth_bits = block + 16;
    for (int part = 0; part < 8; ++part) {
        const ScaleAndLeast of = q4_k_part(block, part);
        const Bytes codes = block + 48 + 32 * (part / 2);
        const int shift = 4 * (part % 2);
        for (int i = 0; i < 32; ++i) {
            const int fifth = ((fifth_bits[i] >> part) & 1) << 4;
            *to++ = of.scale * static_cast<float>(((codes[i] >> shift) & 0x0F) | fifth) - of.least;
        }
    }
}

void decode_q6_k(Bytes block, float* to) {
    const Bytes scales = block + 192;
    const float scale = half_at(block + 208);
    for (int part = 0; part < 16; ++part) {
        const int half = part / 8;
        const int quarter = (part % 8) / 2;  // 32 numbers
        const int begin = 16 * (part % 2);
        const Bytes low = block + 64 * half + 32 * (quarter % 2) + begin;
        const Bytes high = block + 128 + 32 * half + begin;
        const float step = scale * static_cast<float>(static_cast<std::int8_t>(scales[part]));
        for (int i = 0; i < 16; ++i) {
            const int code =
                ((low[i] >> (4 * (quarter / 2))) & 0x0F) | (((high[i] >> (2 * quarter)) & 3) << 4);
            *to++ = step * static_cast<float>(code - 32);
        }
    }
}

using DecodeBlock = void (*)(Bytes, float*);

DecodeBlock block_decoder(ElementType type) {
    switch (type) {
        case ElementType::q4_0:
            return decode_q4_0;
        case ElementType::q4_1:
            return decode_q4_1;
        case ElementType::q5_0:
            return decode_q5_0;
        case ElementType::q5_1:
            return decode_q5_1;
        case ElementType::q8_0:
            return decode_q8_0;
        case ElementType::q2_k:
            return decode_q2_k;
        case ElementType::q3_k:
            return decode_q3_k;
        case ElementType::q4_k:
            return decode_q4_k;
        case ElementType::q5_k:
            return decode_q5_k;
        case ElementType::q6_k:
            return decode_q6_k;
        default:
            return nullptr;
    }
}

template <class Word, class Convert>
void decode_words(std::span<const std::byte> bytes, std::span<float> numbers, Convert convert) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        Word word{};
        std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
        numbers[i] = convert(word);
    }
}

bool is_float8(ElementType type) {
    return type == ElementType::float8_e4m3 || type == ElementType::float8_e5m2;
}

}  // namespace

bool is_coded(ElementType type) {
    return is_float8(type) || block_decoder(type) != nullptr;
}

bool can_decode(ElementType type) {
    return is_coded(type) || type == ElementType::float16 || type == ElementType::bfloat16 ||
           type == ElementType::float32 || type == ElementType::float64;
}

void decode_numbers(std::span<const std::byte> bytes, ElementType type, std::span<float> numbers) {
    const ElementTypeFacts& facts = facts_of(type);
    NIGHTREEL_CHECK(bytes.size() / facts.bytes * facts.elements == numbers.size() &&
                        bytes.size() % facts.bytes == 0,
                    "whole blocks and as many numbers as they hold");
    if (const DecodeBlock decode = block_decoder(type)) {
        const auto* at = reinterpret_cast<Bytes>(bytes.data());
        for (std::size_t i = 0; i < numbers.size(); i += facts.elements, at += facts.bytes) {
            decode(at, numbers.data() + i);
        }
        return;
    }
    if (is_float8(type)) {
        const Float8Table& table = table_of(type);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            numbers[i] = table[std::to_integer<std::size_t>(bytes[i])];
        }
        return;
    }
    switch (type) {
        case ElementType::float16:
            return decode_words<std::uint16_t>(bytes, numbers, from_float16);
        case ElementType::bfloat16:
            return decode_words<std::uint16_t>(bytes, numbers, from_bfloat16);
        case ElementType::float32:
            return decode_words<float>(bytes, numbers, [](float number) { return number; });
        case ElementType::float64:
            return decode_words<double>(
                bytes, numbers, [](double number) { return static_cast<float>(number); });
        default:
            NIGHTREEL_CHECK(false, "a type that can be decoded");
    }
}

std::uint16_t to_bfloat16(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    if (std::isnan(number)) return static_cast<std::uint16_t>((bits >> 16U) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

float from_bfloat16(std::uint16_t half) {
    return std::bit_cast<float>(std::uint32_t{half} << 16U);
}

std::uint16_t to_float16(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
    const float size = std::abs(number);
    constexpr float overflow = 65520.0F;  // half-way to what would follow the largest, 65504
    constexpr float least_normal = 6.103515625e-05F;
    if (std::isnan(number)) return static_cast<std::uint16_t>(sign | 0x7E00U);
    if (size >= overflow) return static_cast<std::uint16_t>(sign | 0x7C00U);
    if (size < least_normal) {
        // Steps of 2^-24; adding 0.5 of another scale makes the processor round to them.
        constexpr float magic = 0.5F;
        const float rounded = size + magic;
        const std::uint32_t steps =
            std::bit_cast<std::uint32_t>(rounded) - std::bit_cast<std::uint32_t>(magic);
        return static_cast<std::uint16_t>(sign | steps);
    }
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13U) & 1U);
    return static_cast<std::uint16_t>(sign | ((rounded - (112U << 23U)) >> 13U));
}

float from_float16(std::uint16_t half) {
    const std::uint32_t sign = std::uint32_t{half & 0x8000U} << 16U;
    const std::uint32_t magnitude = half & 0x7FFFU;
    if (magnitude >= 0x7C00U) {
        return std::bit_cast<float>(sign | 0x7F800000U | ((magnitude & 0x3FFU) << 13U));
    }
    if (magnitude < 0x400U) {
        const float size = static_cast<float>(magnitude) * 5.9604644775390625e-08F;  // 2^-24
        return (half & 0x8000U) != 0 ? -size : size;
    }
    return std::bit_cast<float>(sign | ((magnitude << 13U) + (112U << 23U)));
}

}  // namespace nightreel
