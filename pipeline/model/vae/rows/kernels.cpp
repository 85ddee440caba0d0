#include "pipeline/model/vae/rows/kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "shotspec/base/processor.h"

#define NIGHTREEL_INLINE [[gnu::always_inline]] inline

namespace nightreel {

namespace {

constexpr std::int64_t lanes = 16;

NIGHTREEL_INLINE float value_of(float x) {
    return x;
}

NIGHTREEL_INLINE float value_of(c10::BFloat16 x) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(x.x) << 16U);
}

NIGHTREEL_INLINE void store(float value, float& out) {
    out = value;
}

// To nearest, halves to even. A NaN of arithmetic stays one.
NIGHTREEL_INLINE void store(float value, c10::BFloat16& out) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    out.x = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

// Within 2e-7 of exp(x), as the Cephes library approximates it; saturates outside of float32.
NIGHTREEL_INLINE float exponential(float x) {
    constexpr float to_even = 12582912.0F;  // 1.5 x 2^23: adding it rounds to a whole number
    x = std::min(std::max(x, -87.3F), 88.3F);
    const float whole = (x * 1.44269504F + to_even) - to_even;
    const float rest = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * rest + 1.3981999507e-3F;
    p = p * rest + 8.3334519073e-3F;
    p = p * rest + 4.1665795894e-2F;
    p = p * rest + 1.6666665459e-1F;
    p = p * rest + 5.0000001201e-1F;
    p = p * (rest * rest) + rest + 1.0F;
    const auto exponent = static_cast<std::uint32_t>(static_cast<std::int32_t>(whole) + 127) << 23U;
    return p * std::bit_cast<float>(exponent);
}

NIGHTREEL_INLINE float activated(float x) {
    return x / (1.0F + exponential(-x));
}

template <class In>
NIGHTREEL_INLINE float length_of(const In* x, std::int64_t channels) {
    constexpr float least = 1e-12F;
    std::array<float, lanes> sums{};
    std::int64_t i = 0;
    for (; i + lanes <= channels; i += lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            const float value = value_of(x[i + lane]);
            sums[static_cast<std::size_t>(lane)] += value * value;
        }
    }
    float rest = 0;
    for (; i < channels; ++i) rest += value_of(x[i]) * value_of(x[i]);
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
        for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
    }
    return std::max(std::sqrt(sums[0] + rest), least);
}

template <class In, class Out>
NIGHTREEL_INLINE void norm_loop(const In* in, const Places& places, const float* gamma, Out* out) {
    for (std::int64_t place = 0; place < places.count; ++place) {
        const In* x = in + place * places.in_stride;
        Out* y = out + place * places.out_stride;
        const float scale = 1.0F / length_of(x, places.channels);
        for (std::int64_t i = 0; i < places.channels; ++i) {
            store(activated(value_of(x[i]) * scale * gamma[i]), y[i]);
        }
    }
}

template <class In, class Out>
NIGHTREEL_INLINE void convert_loop(const In* in, const Places& places, Out* out) {
    for (std::int64_t place = 0; place < places.count; ++place) {
        const In* x = in + place * places.in_stride;
        Out* y = out + place * places.out_stride;
        for (std::int64_t i = 0; i < places.channels; ++i) store(value_of(x[i]), y[i]);
    }
}

template <class T>
NIGHTREEL_INLINE void split_loop(const T* in, const RowPlaces& places, T* __restrict out) {
    const std::int64_t channels = places.channels;
    const std::int64_t plane = (places.count + 1) / 2 * channels;
    for (std::int64_t place = 0; place < places.count; place += 2) {
        const T* a = in + (place - 1) * channels;
        const T* b = a + channels;
        const T* c = b + channels;
        const bool is_whole = place + 1 < places.count;
        const T* d = is_whole ? c + channels : nullptr;
        T* to = out + place / 2 * channels;
        for (std::int64_t i = 0; i < channels; ++i) {
            const float left = value_of(b[i]);
            const float right = value_of(c[i]);
            store(value_of(a[i]) - right, to[i]);
            store(left + right, to[plane + i]);
            store(right - left, to[2 * plane + i]);
        }
        for (std::int64_t i = 0; i < channels; ++i) {
            const float after = d == nullptr ? 0.0F : value_of(d[i]);
            store(value_of(b[i]) - after, to[3 * plane + i]);
        }
    }
}

NIGHTREEL_INLINE void join_loop(const float* products,
                                const RowPlaces& places,
                                float* __restrict sums) {
    const std::int64_t channels = places.channels;
    const std::int64_t plane = (places.count + 1) / 2 * channels;
    for (std::int64_t place = 0; place < places.count; ++place) {
        const float* from = products + place / 2 * channels;
        const bool is_second = place % 2 == 1;
        const float* outer = from + (is_second ? 3 * plane : 0);
        float* to = sums + place * channels;
        const float sign = is_second ? -1.0F : 1.0F;
        for (std::int64_t i = 0; i < channels; ++i) {
            to[i] += from[plane + i] + sign * (from[2 * plane + i] + outer[i]);
        }
    }
}

template <class In>
NIGHTREEL_INLINE void add_loop(const In* in, const Places& places, float* out) {
    for (std::int64_t place = 0; place < places.count; ++place) {
        const In* x = in + place * places.in_stride;
        float* y = out + place * places.out_stride;
        for (std::int64_t i = 0; i < places.channels; ++i) y[i] += value_of(x[i]);
    }
}

// Loops are plain and are compiled once for each of these. Sums are kept in a fixed number of
// lanes, so that their order is the same for all.
#if defined(__x86_64__)

template <class Loop>
[[gnu::target("arch=x86-64-v4")]] void run_512(const Loop& loop) {
    loop();
}

template <class Loop>
[[gnu::target("arch=x86-64-v3")]] void run_256(const Loop& loop) {
    loop();
}

#endif

template <class Loop>
void run(const Loop& loop) {
#if defined(__x86_64__)
    const ProcessorFeatures& features = processor_features();
    if (features.avx512) return run_512(loop);
    if (features.avx2 && features.fma) return run_256(loop);
#endif
    loop();
}

// What is handed to run(): inlined there, for its instructions.
#define NIGHTREEL_LOOP [&]() __attribute__((always_inline))

}  // namespace

void normed_and_activated(const float* in, const Places& places, const float* gamma, float* out) {
    run(NIGHTREEL_LOOP { norm_loop(in, places, gamma, out); });
}

void normed_and_activated(const float* in,
                          const Places& places,
                          const float* gamma,
                          c10::BFloat16* out) {
    run(NIGHTREEL_LOOP { norm_loop(in, places, gamma, out); });
}

void normed_and_activated(const c10::BFloat16* in,
                          const Places& places,
                          const float* gamma,
                          float* out) {
    run(NIGHTREEL_LOOP { norm_loop(in, places, gamma, out); });
}

void normed_and_activated(const c10::BFloat16* in,
                          const Places& places,
                          const float* gamma,
                          c10::BFloat16* out) {
    run(NIGHTREEL_LOOP { norm_loop(in, places, gamma, out); });
}

void converted(const float* in, const Places& places, float* out) {
    run(NIGHTREEL_LOOP { convert_loop(in, places, out); });
}

void converted(const float* in, const Places& places, c10::BFloat16* out) {
    run(NIGHTREEL_LOOP { convert_loop(in, places, out); });
}

void converted(const c10::BFloat16* in, const Places& places, float* out) {
    run(NIGHTREEL_LOOP { convert_loop(in, places, out); });
}

void converted(const c10::BFloat16* in, const Places& places, c10::BFloat16* out) {
    run(NIGHTREEL_LOOP { convert_loop(in, places, out); });
}

void split_pairs(const float* in, const RowPlaces& places, float* out) {
    run(NIGHTREEL_LOOP { split_loop(in, places, out); });
}

void split_pairs(const c10::BFloat16* in, const RowPlaces& places, c10::BFloat16* out) {
    run(NIGHTREEL_LOOP { split_loop(in, places, out); });
}

void join_pairs(const float* products, const RowPlaces& places, float* sums) {
    run(NIGHTREEL_LOOP { join_loop(products, places, sums); });
}

void added(const float* in, const Places& places, float* out) {
    run(NIGHTREEL_LOOP { add_loop(in, places, out); });
}

void added(const c10::BFloat16* in, const Places& places, float* out) {
    run(NIGHTREEL_LOOP { add_loop(in, places, out); });
}

}  // namespace nightreel
