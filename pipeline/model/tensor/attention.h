#pragma once
// Scaled dot-product attention: softmax(q k^T / sqrt(e) + bias) v. In bf16 on CPUs with AVX-512 and
// bf16 units it runs in blocks of its own (online softmax as in "FlashAttention", Dao et al. 2022,
// over oneDNN's small matrix products), several times faster there than ATen's kernel. With AVX2
// and no AVX-512 it is small/attention.h in float32, whatever the type. Everywhere else it is
// ATen's, in float32 where the processor lacks products of the type. A query's result does not
// depend on the number of threads and, in blocks, not on the other queries either. Pure; any
// thread.

#include <ATen/core/Tensor.h>

namespace nightreel {

// b batch, h heads, n queries, m keys, e head size

// [b, h, n, e], laid out in memory as [b, n, h, e], in the type of the query. `key_bias` [m] or
// broadcastable to it is float32 and added to the logits of each key; undefined for none.
at::Tensor attention(const at::Tensor& query_bhne,
                     const at::Tensor& key_bhme,
                     const at::Tensor& value_bhme,
                     const at::Tensor& key_bias = {});

// The plain twin that the blocks are tested against: ATen's own.
at::Tensor plain_attention(const at::Tensor& query_bhne,
                           const at::Tensor& key_bhme,
                           const at::Tensor& value_bhme,
                           const at::Tensor& key_bias = {});

// Whether attention() has blocks of its own for such tensors on this processor.
bool has_blocked_attention(const at::Tensor& query_bhne);

}  // namespace nightreel
