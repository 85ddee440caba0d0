#pragma once
// The row-wise half of blocked attention (pipeline/model/tensor/attention.h): from a row of logits
// to a row of weights, with the running maximum and total of an online softmax. Vectorised for
// AVX-512 with bf16; call only where processor_has_attention_rows(). Pure; any thread.

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace nightreel {

bool processor_has_attention_rows();

struct OutputRows {
    c10::BFloat16* data = nullptr;
    std::int64_t stride = 0;
};

// Logits of some queries against a block of keys, before they are scaled.
struct LogitBlock {
    const float* logits = nullptr;
    const float* key_bias = nullptr;  // of these keys; null for none
    float scale = 1;
    std::int64_t stride = 0;  // of a row, and what is written of weights: zeros after `keys`
    std::int64_t keys = 0;
    std::int64_t size = 0;  // of a head, a multiple of 16
};

// Writes exp(logit - the largest logit) for one row and brings `maximum`, `total` and the sums
// gathered so far (`size` of them) to the new largest one. `maximum` is that times log2(e).
void weigh_row(const LogitBlock& block,
               std::int64_t row,
               float& maximum,
               float& total,
               float* sums,
               c10::BFloat16* weights);

// sums * factor, rounded to bf16.
void write_row(const float* sums, float factor, std::int64_t size, c10::BFloat16* out);

}  // namespace nightreel
