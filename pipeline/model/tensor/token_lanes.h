#pragma once
// Sixteen float32 at a time, in the compiler's generic vectors, and the loop over rows that uses
// them: one source, compiled for the instructions a processor may have and chosen when it runs.
// What is in float32 here may lie in memory as float32 or bf16. For .cpp files of this folder.

#include <cmath>
#include <cstdint>
#include <cstring>

#include <ATen/Parallel.h>
#include <c10/util/BFloat16.h>

#include "shotspec/base/processor.h"

#define NIGHTREEL_INLINE inline __attribute__((always_inline))

namespace nightreel {

constexpr std::int64_t lane_count = 16;

using Lanes [[gnu::vector_size(64)]] = float;
using LaneWords [[gnu::vector_size(64)]] = std::uint32_t;
using LaneHalves [[gnu::vector_size(32)]] = std::uint16_t;

NIGHTREEL_INLINE Lanes lanes_of(float value) {
    return Lanes{} + value;
}

NIGHTREEL_INLINE Lanes load_lanes(const float* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof(lanes));
    return lanes;
}

NIGHTREEL_INLINE Lanes load_lanes(const c10::BFloat16* from) {
    LaneHalves halves;
    std::memcpy(&halves, from, sizeof(halves));
    const LaneWords words = __builtin_convertvector(halves, LaneWords) << 16;
    Lanes lanes;
    std::memcpy(&lanes, &words, sizeof(lanes));
    return lanes;
}

NIGHTREEL_INLINE void store_lanes(Lanes lanes, float* to) {
    std::memcpy(to, &lanes, sizeof(lanes));
}

// To the nearest, halves to even; what is not a number stays so.
NIGHTREEL_INLINE void store_lanes(Lanes lanes, c10::BFloat16* to) {
    LaneWords words;
    std::memcpy(&words, &lanes, sizeof(words));
    const LaneWords rounded = (words + 0x7FFF + ((words >> 16) & 1)) >> 16;
    const LaneWords chosen = lanes == lanes ? rounded : LaneWords{} + 0x7FC0;
    const LaneHalves halves = __builtin_convertvector(chosen, LaneHalves);
    std::memcpy(to, &halves, sizeof(halves));
}

// 2^x to 2e-7 of it, of x in [-126, 126], beyond which it stays as it is there: 2^n times the
// minimax polynomial of the fraction in [-1/2, 1/2].
NIGHTREEL_INLINE Lanes power_of_two(Lanes x) {
    constexpr float to_even = 12582912.0F;  // 1.5 x 2^23: adding it rounds to a whole number
    constexpr float largest = 126.0F;
    x = x < -largest ? lanes_of(-largest) : x;
    x = x > largest ? lanes_of(largest) : x;
    const Lanes n = (x + to_even) - to_even;
    const Lanes f = x - n;
    Lanes p = f * 1.32647366e-3F + 9.67151299e-3F;
    p = p * f + 5.55073358e-2F;
    p = p * f + 2.40222424e-1F;
    p = p * f + 6.93147004e-1F;
    p = p * f + 1.0F;
    using LaneInts [[gnu::vector_size(64)]] = std::int32_t;
    const LaneInts exponent = (__builtin_convertvector(n, LaneInts) + 127) << 23;
    Lanes power;
    std::memcpy(&power, &exponent, sizeof(power));
    return p * power;
}

NIGHTREEL_INLINE float sum_of(Lanes lanes) {
    float sum = 0;
    for (int i = 0; i < lane_count; ++i) sum += lanes[i];
    return sum;
}

NIGHTREEL_INLINE float largest_of(Lanes lanes) {
    float largest = lanes[0];
    for (int i = 1; i < lane_count; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
    return largest;
}

#if defined(__x86_64__)

template <class Rows>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,fma")]] void run_rows_512(const Rows& rows,
                                                                            std::int64_t begin,
                                                                            std::int64_t end) {
    rows.run(begin, end);
}

template <class Rows>
[[gnu::target("avx2,fma")]] void run_rows_256(const Rows& rows,
                                              std::int64_t begin,
                                              std::int64_t end) {
    rows.run(begin, end);
}

#endif

template <class Rows>
void run_rows_128(const Rows& rows, std::int64_t begin, std::int64_t end) {
    rows.run(begin, end);
}

// Rows::run(begin, end) const, NIGHTREEL_INLINE, over all of `count` rows on all threads.
template <class Rows>
void run_all_rows(const Rows& rows, std::int64_t count) {
    auto* run = &run_rows_128<Rows>;
#if defined(__x86_64__)
    const ProcessorFeatures& features = processor_features();
    if (features.avx2 && features.fma) run = &run_rows_256<Rows>;
    if (features.avx512) run = &run_rows_512<Rows>;
#endif
    constexpr std::int64_t rows_of_thread_min = 16;
    at::parallel_for(
        0, count, rows_of_thread_min, [&rows, run](std::int64_t begin, std::int64_t end) {
            run(rows, begin, end);
        });
}

}  // namespace nightreel
