#pragma once
// Sixteen float32 at a time, in the compiler's generic vectors, and the loop over rows that uses
// them: one source, compiled for the instructions a processor may have and chosen when it runs.
// What is in float32 here may lie in memory as float32 or bf16. For .cpp files of this folder.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <ATen/Parallel.h>
#include <c10/util/BFloat16.h>

#include "shotspec/base/processor.h"

#define NIGHTREEL_INLINE inline __attribute__((always_inline))

namespace nightreel {

constexpr std::int64_t lane_count = 16;

// Integers of as many bits, and half of them.
template <std::size_t bytes>
struct LaneTypes {
    using Ints [[gnu::vector_size(bytes)]] = std::int32_t;
    using Words [[gnu::vector_size(bytes)]] = std::uint32_t;
    using Halves [[gnu::vector_size(bytes / 2)]] = std::uint16_t;
};

// One register of AVX-512. With less the compiler does sums of it in halves, but comparisons and
// shuffles one by one: there LanePair takes its place.
using Lanes [[gnu::vector_size(64)]] = float;
using EightLanes [[gnu::vector_size(32)]] = float;

struct LanePair {
    EightLanes low;
    EightLanes high;

    NIGHTREEL_INLINE LanePair operator-() const { return {-low, -high}; }

    NIGHTREEL_INLINE LanePair& operator+=(LanePair other) { return *this = *this + other; }

    NIGHTREEL_INLINE friend LanePair operator+(LanePair a, LanePair b) {
        return {a.low + b.low, a.high + b.high};
    }

    NIGHTREEL_INLINE friend LanePair operator-(LanePair a, LanePair b) {
        return {a.low - b.low, a.high - b.high};
    }

    NIGHTREEL_INLINE friend LanePair operator*(LanePair a, LanePair b) {
        return {a.low * b.low, a.high * b.high};
    }

    NIGHTREEL_INLINE friend LanePair operator/(LanePair a, LanePair b) {
        return {a.low / b.low, a.high / b.high};
    }

    NIGHTREEL_INLINE friend LanePair operator+(LanePair a, float b) {
        return {a.low + b, a.high + b};
    }

    NIGHTREEL_INLINE friend LanePair operator+(float a, LanePair b) { return b + a; }

    NIGHTREEL_INLINE friend LanePair operator*(LanePair a, float b) {
        return {a.low * b, a.high * b};
    }

    NIGHTREEL_INLINE friend LanePair operator*(float a, LanePair b) { return b * a; }
};

// L is Lanes, EightLanes or LanePair.
template <class L>
constexpr bool is_pair = std::is_same_v<L, LanePair>;

template <class L>
NIGHTREEL_INLINE L lanes_of(float value) {
    if constexpr (is_pair<L>) {
        return {lanes_of<EightLanes>(value), lanes_of<EightLanes>(value)};
    } else {
        return L{} + value;
    }
}

// T is float or c10::BFloat16.
template <class L, class T>
NIGHTREEL_INLINE L load_lanes(const T* from) {
    if constexpr (is_pair<L>) {
        return {load_lanes<EightLanes>(from), load_lanes<EightLanes>(from + lane_count / 2)};
    } else if constexpr (std::is_same_v<T, float>) {
        L lanes;
        std::memcpy(&lanes, from, sizeof(lanes));
        return lanes;
    } else {
        typename LaneTypes<sizeof(L)>::Halves halves;
        std::memcpy(&halves, from, sizeof(halves));
        const auto words = __builtin_convertvector(halves, typename LaneTypes<sizeof(L)>::Words)
                           << 16;
        L lanes;
        std::memcpy(&lanes, &words, sizeof(lanes));
        return lanes;
    }
}

template <class L>
NIGHTREEL_INLINE void store_lanes(L lanes, float* to) {
    if constexpr (is_pair<L>) {
        store_lanes(lanes.low, to);
        store_lanes(lanes.high, to + lane_count / 2);
    } else {
        std::memcpy(to, &lanes, sizeof(lanes));
    }
}

// To the nearest, halves to even; what is not a number stays so.
template <class L>
NIGHTREEL_INLINE void store_lanes(L lanes, c10::BFloat16* to) {
    if constexpr (is_pair<L>) {
        store_lanes(lanes.low, to);
        store_lanes(lanes.high, to + lane_count / 2);
    } else {
        using Words = typename LaneTypes<sizeof(L)>::Words;
        Words words;
        std::memcpy(&words, &lanes, sizeof(words));
        const Words rounded = (words + 0x7FFF + ((words >> 16) & 1)) >> 16;
        const Words chosen = lanes == lanes ? rounded : Words{} + 0x7FC0;
        const auto halves = __builtin_convertvector(chosen, typename LaneTypes<sizeof(L)>::Halves);
        std::memcpy(to, &halves, sizeof(halves));
    }
}

template <class L>
NIGHTREEL_INLINE L larger_of(L a, L b) {
    if constexpr (is_pair<L>) {
        return {larger_of(a.low, b.low), larger_of(a.high, b.high)};
    } else {
        return a > b ? a : b;
    }
}

// 2^x to 2e-7 of it, of x in [-126, 126], beyond which it stays as it is there: 2^n times the
// minimax polynomial of the fraction in [-1/2, 1/2].
template <class L>
NIGHTREEL_INLINE L power_of_two(L x) {
    if constexpr (is_pair<L>) {
        return {power_of_two(x.low), power_of_two(x.high)};
    } else {
        constexpr float to_even = 12582912.0F;  // 1.5 x 2^23: adding it rounds to a whole number
        constexpr float largest = 126.0F;
        x = x < -largest ? lanes_of<L>(-largest) : x;
        x = x > largest ? lanes_of<L>(largest) : x;
        const L n = (x + to_even) - to_even;
        const L f = x - n;
        L p = f * 1.32647366e-3F + 9.67151299e-3F;
        p = p * f + 5.55073358e-2F;
        p = p * f + 2.40222424e-1F;
        p = p * f + 6.93147004e-1F;
        p = p * f + 1.0F;
        using Ints = typename LaneTypes<sizeof(L)>::Ints;
        const Ints exponent = (__builtin_convertvector(n, Ints) + 127) << 23;
        L power;
        std::memcpy(&power, &exponent, sizeof(power));
        return p * power;
    }
}

// Pairs of neighbours as complex numbers, times those of `by`.
template <class L>
NIGHTREEL_INLINE L rotated(L pairs, L by) {
    if constexpr (is_pair<L>) {
        return {rotated(pairs.low, by.low), rotated(pairs.high, by.high)};
    } else if constexpr (sizeof(L) == sizeof(EightLanes)) {
        const L cosine = __builtin_shufflevector(by, by, 0, 0, 2, 2, 4, 4, 6, 6);
        const L sine = __builtin_shufflevector(by, by, 1, 1, 3, 3, 5, 5, 7, 7);
        const L sign{-1, 1, -1, 1, -1, 1, -1, 1};
        const L swapped = __builtin_shufflevector(pairs, pairs, 1, 0, 3, 2, 5, 4, 7, 6);
        return pairs * cosine + swapped * (sine * sign);
    } else {
        const L cosine =
            __builtin_shufflevector(by, by, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
        const L sine =
            __builtin_shufflevector(by, by, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
        const L sign{-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1};
        const L swapped = __builtin_shufflevector(
            pairs, pairs, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
        return pairs * cosine + swapped * (sine * sign);
    }
}

// One after the other.
template <class L>
NIGHTREEL_INLINE std::array<float, lane_count> values_of(L lanes) {
    std::array<float, lane_count> values;
    store_lanes(lanes, values.data());
    return values;
}

template <class L>
NIGHTREEL_INLINE float sum_of(L lanes) {
    float sum = 0;
    for (const float value : values_of(lanes)) sum += value;
    return sum;
}

template <class L>
NIGHTREEL_INLINE float largest_of(L lanes) {
    const auto values = values_of(lanes);
    float largest = values[0];
    for (const float value : values) largest = value > largest ? value : largest;
    return largest;
}

#if defined(__x86_64__)

template <class Rows>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,fma")]] void run_rows_512(const Rows& rows,
                                                                            std::int64_t begin,
                                                                            std::int64_t end) {
    rows.template run<Lanes>(begin, end);
}

template <class Rows>
[[gnu::target("avx2,fma")]] void run_rows_256(const Rows& rows,
                                              std::int64_t begin,
                                              std::int64_t end) {
    rows.template run<LanePair>(begin, end);
}

#endif

template <class Rows>
void run_rows_128(const Rows& rows, std::int64_t begin, std::int64_t end) {
    rows.template run<Lanes>(begin, end);
}

// Rows::run<L>(begin, end) const, NIGHTREEL_INLINE, over some rows for this processor.
template <class Rows>
void run_rows(const Rows& rows, std::int64_t begin, std::int64_t end) {
#if defined(__x86_64__)
    const ProcessorFeatures& features = processor_features();
    if (features.avx512) return run_rows_512(rows, begin, end);
    if (features.avx2 && features.fma) return run_rows_256(rows, begin, end);
#endif
    run_rows_128(rows, begin, end);
}

// The same over all of `count` rows on all threads.
template <class Rows>
void run_all_rows(const Rows& rows, std::int64_t count) {
    constexpr std::int64_t rows_of_thread_min = 16;
    at::parallel_for(0, count, rows_of_thread_min, [&rows](std::int64_t begin, std::int64_t end) {
        run_rows(rows, begin, end);
    });
}

}  // namespace nightreel
