#pragma once
// Scaled dot-product attention in float32 over the products of small/product.h: in blocks of keys
// with an online softmax ("FlashAttention", Dao et al. 2022), for processors with AVX2 but without
// AVX-512. A query's result does not depend on the other queries or on the number of threads.
// Pure; any thread.

#include <ATen/core/Tensor.h>

namespace nightreel {

// b batch, h heads, n queries, m keys, e head size

// Whether this processor has the products, and heads of this size fill whole vectors.
bool has_small_attention(std::int64_t head_size);

// What attention() computes: float32 [b, h, n, e], laid out in memory as [b, n, h, e]. `key_bias`
// is float32 [m] or broadcastable to it, undefined for none.
at::Tensor small_attention(const at::Tensor& query_bhne,
                           const at::Tensor& key_bhme,
                           const at::Tensor& value_bhme,
                           const at::Tensor& key_bias);

}  // namespace nightreel
