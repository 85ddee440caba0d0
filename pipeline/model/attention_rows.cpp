#include "pipeline/model/attention_rows.h"

#include <cmath>

#if defined(__x86_64__)
// g++ 12's own header reads what it calls undefined (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#define NIGHTREEL_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#endif

#include "shotspec/base/check.h"

namespace nightreel {

#if defined(__x86_64__)

namespace {

constexpr std::int64_t lanes = 16;

NIGHTREEL_AVX512 inline __mmask16 mask_of(std::int64_t left) {
    return left >= lanes ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << left) - 1);
}

// e^x for x <= 0: 2^n times a polynomial of the fraction (Cephes' expf), 1 unit in the last place
// or so; below the least normal number 0.
NIGHTREEL_AVX512 inline __m512 exp_of(__m512 x) {
    const __m512 least = _mm512_set1_ps(-87.33654F);
    const __mmask16 is_normal = _mm512_cmp_ps_mask(x, least, _CMP_GE_OQ);
    x = _mm512_max_ps(x, least);
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)),
                                          _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 f = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x);
    f = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), f);
    __m512 p = _mm512_set1_ps(1.9875691500e-4F);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.3981999507e-3F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(8.3334519073e-3F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(4.1665795894e-2F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.6666665459e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.0000001201e-1F));
    p = _mm512_fmadd_ps(p, _mm512_mul_ps(f, f), _mm512_add_ps(f, _mm512_set1_ps(1.0F)));
    return _mm512_maskz_scalef_ps(is_normal, p, n);
}

NIGHTREEL_AVX512 inline __m512 logit_at(const LogitBlock& block,
                                        const float* logits,
                                        std::int64_t key,
                                        __mmask16 mask) {
    const __m512 scaled =
        _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, logits + key), _mm512_set1_ps(block.scale));
    if (block.key_bias == nullptr) return scaled;
    return _mm512_add_ps(scaled, _mm512_maskz_loadu_ps(mask, block.key_bias + key));
}

}  // namespace

bool processor_has_attention_rows() {
    static const bool has =
        __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has;
}

NIGHTREEL_AVX512 void weigh_row(const LogitBlock& block,
                                std::int64_t row,
                                float& maximum,
                                float& total,
                                float* sums,
                                c10::BFloat16* weights) {
    const float* logits = block.logits + row * block.stride;
    __m512 highest = _mm512_set1_ps(maximum);
    for (std::int64_t key = 0; key < block.keys; key += lanes) {
        const __mmask16 mask = mask_of(block.keys - key);
        highest = _mm512_mask_max_ps(highest, mask, highest, logit_at(block, logits, key, mask));
    }
    const float now = _mm512_reduce_max_ps(highest);
    const __m512 shift = _mm512_set1_ps(now);
    __m512 sum = _mm512_setzero_ps();
    for (std::int64_t key = 0; key < block.stride; key += lanes) {
        const __mmask16 mask = key < block.keys ? mask_of(block.keys - key) : __mmask16{0};
        const __m512 weight = _mm512_maskz_mov_ps(
            mask, exp_of(_mm512_sub_ps(logit_at(block, logits, key, mask), shift)));
        sum = _mm512_add_ps(sum, weight);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + key),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(weight)));
    }
    const float kept = std::exp(maximum - now);
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
        const __m512 value = _mm512_mul_ps(_mm512_loadu_ps(sums + item), _mm512_set1_ps(factor));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + item),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
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
