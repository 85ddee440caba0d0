#include "pipeline/model/tensor/attention_rows.h"

#include <cmath>

#if defined(__x86_64__)
// g++ 12's own header reads what it calls undefined (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#define NIGHTREEL_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#endif

#include "shotspec/base/check.h"
#include "shotspec/base/processor.h"

namespace nightreel {

#if defined(__x86_64__)

namespace {

constexpr std::int64_t lanes = 16;

constexpr float log2_e = 1.44269504F;
constexpr __mmask16 all_lanes = 0xFFFF;

// 2^x for x <= 0 to 2e-7 of it: 2^n times the minimax polynomial of the fraction in [-1/2, 1/2].
// Far below the least number it is 0.
NIGHTREEL_AVX512 inline __m512 power_of_two(__m512 x) {
    x = _mm512_max_ps(x, _mm512_set1_ps(-200.0F));
    const __m512 n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 f = _mm512_sub_ps(x, n);
    __m512 p = _mm512_set1_ps(1.32647366e-3F);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.67151299e-3F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.55073358e-2F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.40222424e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.93147004e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F));
    return _mm512_scalef_ps(p, n);
}

// Logits of keys times log2(e), less `subtracted`: their weights are powers of two.
NIGHTREEL_AVX512 inline __m512 exponents(
    const LogitBlock& block, const float* logits, std::int64_t key, __mmask16 mask, __m512 less) {
    if (block.key_bias != nullptr) {
        const __m512 bias = _mm512_maskz_loadu_ps(mask, block.key_bias + key);
        less = _mm512_fnmadd_ps(bias, _mm512_set1_ps(log2_e), less);
    }
    return _mm512_fmsub_ps(
        _mm512_maskz_loadu_ps(mask, logits + key), _mm512_set1_ps(block.scale * log2_e), less);
}

NIGHTREEL_AVX512 inline __m512 weigh(
    const LogitBlock& block, const float* logits, std::int64_t key, __mmask16 mask, __m512 less) {
    return _mm512_maskz_mov_ps(mask, power_of_two(exponents(block, logits, key, mask, less)));
}

NIGHTREEL_AVX512 inline void store_halves(__m512 values, c10::BFloat16* to) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
}

}  // namespace

bool processor_has_attention_rows() {
    return processor_features().avx512_bf16;
}

NIGHTREEL_AVX512 void weigh_row(const LogitBlock& block,
                                std::int64_t row,
                                float& maximum,
                                float& total,
                                float* sums,
                                c10::BFloat16* weights) {
    const float* logits = block.logits + row * block.stride;
    const std::int64_t whole = block.keys / lanes * lanes;
    const auto rest = static_cast<__mmask16>((1U << (block.keys - whole)) - 1);
    __m512 highest = _mm512_set1_ps(maximum);
    for (std::int64_t key = 0; key < whole; key += lanes) {
        highest =
            _mm512_max_ps(highest, exponents(block, logits, key, all_lanes, _mm512_setzero_ps()));
    }
    if (rest != 0) {
        highest = _mm512_mask_max_ps(
            highest, rest, highest, exponents(block, logits, whole, rest, _mm512_setzero_ps()));
    }
    const float now = _mm512_reduce_max_ps(highest);
    const __m512 less = _mm512_set1_ps(now);
    __m512 sum = _mm512_setzero_ps();
    for (std::int64_t key = 0; key < whole; key += lanes) {
        const __m512 weight = weigh(block, logits, key, all_lanes, less);
        sum = _mm512_add_ps(sum, weight);
        store_halves(weight, weights + key);
    }
    for (std::int64_t key = whole; key < block.stride; key += lanes) {
        const __m512 weight = weigh(block, logits, key, key == whole ? rest : __mmask16{0}, less);
        sum = _mm512_add_ps(sum, weight);
        store_halves(weight, weights + key);
    }
    const float kept = std::exp2(maximum - now);
    maximum = now;
    total = total * kept + _mm512_reduce_add_ps(sum);
    if (kept == 1.0F) return;
    const __m512 factor = _mm512_set1_ps(kept);
    for (std::int64_t item = 0; item < block.size; item += lanes) {
        _mm512_storeu_ps(sums + item, _mm512_mul_ps(_mm512_loadu_ps(sums + item), factor));
    }
}

NIGHTREEL_AVX512 void write_row(const float* sums,
                                float factor,
                                std::int64_t size,
                                c10::BFloat16* out) {
    for (std::int64_t item = 0; item < size; item += lanes) {
        store_halves(_mm512_mul_ps(_mm512_loadu_ps(sums + item), _mm512_set1_ps(factor)),
                     out + item);
    }
}

#else

bool processor_has_attention_rows() {
    return false;
}

void weigh_row(const LogitBlock&, std::int64_t, float&, float&, float*, c10::BFloat16*) {
    NIGHTREEL_CHECK(false, "this processor has no rows of its own");
}

void write_row(const float*, float, std::int64_t, c10::BFloat16*) {
    NIGHTREEL_CHECK(false, "this processor has no rows of its own");
}

#endif

}  // namespace nightreel
