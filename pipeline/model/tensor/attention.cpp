#include "pipeline/model/tensor/attention.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include "pipeline/model/tensor/attention_rows.h"
#include "pipeline/model/tensor/products.h"
#include "pipeline/model/tensor/small/attention.h"
#include "shotspec/base/check.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// A block of logits and its keys stay in the second-level cache: 128 KiB each.
constexpr std::int64_t queries_of_block = 64;
constexpr std::int64_t keys_of_block = 512;

// Keys and values of all heads, block by block, in the order that products of bf16 pairs read.
struct PackedKeys {
    std::int64_t heads = 0;   // of all clips of the batch
    std::int64_t count = 0;   // of keys
    std::int64_t blocks = 0;  // the last one is filled up with zeros
    std::int64_t size = 0;    // of a head
    at::Tensor keys;          // [heads, blocks, size / 2, keys_of_block, 2]
    at::Tensor values;        // [heads, blocks, keys_of_block / 2, size, 2]

    const at::BFloat16* block_of(const at::Tensor& packed,
                                 std::int64_t head,
                                 std::int64_t block) const {
        return packed.const_data_ptr<at::BFloat16>() +
               (head * blocks + block) * keys_of_block * size;
    }
};

// Rows of a head [m, e] whose last dimension is dense.
struct Rows {
    const at::BFloat16* data = nullptr;
    std::int64_t stride = 0;

    const at::BFloat16* row(std::int64_t index) const { return data + index * stride; }
};

Rows rows_of(const at::Tensor& x_bhne, std::int64_t head) {
    const std::int64_t heads = x_bhne.size(1);
    return {x_bhne.const_data_ptr<at::BFloat16>() + head / heads * x_bhne.stride(0) +
                head % heads * x_bhne.stride(1),
            x_bhne.stride(2)};
}

void pack_keys(const Rows& rows, std::int64_t count, std::int64_t size, at::BFloat16* packed) {
    for (std::int64_t key = 0; key < count; ++key) {
        const at::BFloat16* row = rows.row(key);
        for (std::int64_t pair = 0; pair < size / 2; ++pair) {
            at::BFloat16* place = packed + 2 * (pair * keys_of_block + key);
            place[0] = row[2 * pair];
            place[1] = row[2 * pair + 1];
        }
    }
}

void pack_values(const Rows& rows, std::int64_t count, std::int64_t size, at::BFloat16* packed) {
    for (std::int64_t key = 0; key < count; ++key) {
        const at::BFloat16* row = rows.row(key);
        at::BFloat16* place = packed + key / 2 * 2 * size + key % 2;
        for (std::int64_t item = 0; item < size; ++item) place[2 * item] = row[item];
    }
}

PackedKeys pack(const at::Tensor& key_bhme, const at::Tensor& value_bhme) {
    PackedKeys packed;
    packed.heads = key_bhme.size(0) * key_bhme.size(1);
    packed.count = key_bhme.size(2);
    packed.blocks = (packed.count + keys_of_block - 1) / keys_of_block;
    packed.size = key_bhme.size(3);
    const std::int64_t items = keys_of_block * packed.size;
    packed.keys = at::zeros({packed.heads, packed.blocks, items}, key_bhme.options());
    packed.values = at::zeros({packed.heads, packed.blocks, items}, key_bhme.options());
    auto* keys = packed.keys.mutable_data_ptr<at::BFloat16>();
    auto* values = packed.values.mutable_data_ptr<at::BFloat16>();
    at::parallel_for(0, packed.heads * packed.blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t head = i / packed.blocks;
            const std::int64_t first = i % packed.blocks * keys_of_block;
            const std::int64_t count = std::min(keys_of_block, packed.count - first);
            Rows key_rows = rows_of(key_bhme, head);
            Rows value_rows = rows_of(value_bhme, head);
            key_rows.data = key_rows.row(first);
            value_rows.data = value_rows.row(first);
            pack_keys(key_rows, count, packed.size, keys + i * items);
            pack_values(value_rows, count, packed.size, values + i * items);
        }
    });
    return packed;
}

// What one thread works in.
struct Scratch {
    explicit Scratch(std::int64_t size)
        : logits(queries_of_block * keys_of_block),
          weights(queries_of_block * keys_of_block),
          sums(static_cast<std::size_t>(queries_of_block * size)),
          maximum(queries_of_block),
          total(queries_of_block) {}

    std::vector<float> logits;
    std::vector<at::BFloat16> weights;
    std::vector<float> sums;  // of weighted values
    std::vector<float> maximum;
    std::vector<float> total;  // of weights
};

// Queries of one head against all keys; writes `count` rows of the output.
void attend(const Rows& queries,
            std::int64_t count,
            std::int64_t head,
            const PackedKeys& packed,
            const float* key_bias,
            Scratch& scratch,
            const OutputRows& out) {
    const std::int64_t size = packed.size;
    const float scale = 1.0F / std::sqrt(static_cast<float>(size));
    std::fill(
        scratch.maximum.begin(), scratch.maximum.end(), -std::numeric_limits<float>::infinity());
    std::fill(scratch.total.begin(), scratch.total.end(), 0.0F);
    std::fill(scratch.sums.begin(), scratch.sums.end(), 0.0F);
    for (std::int64_t block = 0; block < packed.blocks; ++block) {
        const std::int64_t first = block * keys_of_block;
        at::native::cpublas::brgemm(count,
                                    keys_of_block,
                                    size,
                                    queries.stride,
                                    keys_of_block,
                                    keys_of_block,
                                    false,
                                    queries.data,
                                    packed.block_of(packed.keys, head, block),
                                    scratch.logits.data());
        const LogitBlock logits{.logits = scratch.logits.data(),
                                .key_bias = key_bias == nullptr ? nullptr : key_bias + first,
                                .scale = scale,
                                .stride = keys_of_block,
                                .keys = std::min(keys_of_block, packed.count - first),
                                .size = size};
        for (std::int64_t row = 0; row < count; ++row) {
            weigh_row(logits,
                      row,
                      scratch.maximum[static_cast<std::size_t>(row)],
                      scratch.total[static_cast<std::size_t>(row)],
                      scratch.sums.data() + row * size,
                      scratch.weights.data() + row * keys_of_block);
        }
        at::native::cpublas::brgemm(count,
                                    size,
                                    keys_of_block,
                                    keys_of_block,
                                    size,
                                    size,
                                    true,
                                    scratch.weights.data(),
                                    packed.block_of(packed.values, head, block),
                                    scratch.sums.data());
    }
    for (std::int64_t row = 0; row < count; ++row) {
        write_row(scratch.sums.data() + row * size,
                  1.0F / scratch.total[static_cast<std::size_t>(row)],
                  size,
                  out.data + row * out.stride);
    }
}

at::Tensor blocked_attention(const at::Tensor& query_bhne,
                             const at::Tensor& key_bhme,
                             const at::Tensor& value_bhme,
                             const at::Tensor& key_bias) {
    const std::int64_t heads = query_bhne.size(1);
    const std::int64_t queries = query_bhne.size(2);
    const std::int64_t size = query_bhne.size(3);
    const PackedKeys packed = pack(key_bhme, value_bhme);
    const at::Tensor bias =
        key_bias.defined() ? key_bias.to(at::kFloat).flatten().contiguous() : at::Tensor();
    NIGHTREEL_CHECK(!bias.defined() || bias.numel() == packed.count, "a bias for each key");
    const float* bias_data = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    at::Tensor out_bnhe =
        at::empty({query_bhne.size(0), queries, heads, size}, query_bhne.options());
    auto* out = out_bnhe.mutable_data_ptr<at::BFloat16>();
    const std::int64_t blocks = (queries + queries_of_block - 1) / queries_of_block;
    at::parallel_for(0, packed.heads * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        Scratch scratch(size);
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t head = i / blocks;
            const std::int64_t first = i % blocks * queries_of_block;
            Rows rows = rows_of(query_bhne, head);
            rows.data = rows.row(first);
            const OutputRows rows_out{
                out + ((head / heads * queries + first) * heads + head % heads) * size,
                heads * size};
            attend(rows,
                   std::min(queries_of_block, queries - first),
                   head,
                   packed,
                   bias_data,
                   scratch,
                   rows_out);
        }
        at::native::cpublas::brgemm_release();
    });
    return out_bnhe.transpose(1, 2);
}

// By the products of a processor without AVX-512: ATen's kernel is slower there.
bool is_taken_in_float32(const at::Tensor& query_bhne) {
    const at::ScalarType type = query_bhne.scalar_type();
    return query_bhne.is_cpu() && !processor_features().avx512 &&
           (type == at::kFloat || !has_products(query_bhne.device(), type)) &&
           has_small_attention(query_bhne.size(3));
}

bool has_dense_rows(const at::Tensor& x) {
    return x.stride(3) == 1 && x.stride(2) % 2 == 0;
}

}  // namespace

bool has_blocked_attention(const at::Tensor& query_bhne) {
    constexpr std::int64_t lanes = 16;
    return query_bhne.is_cpu() && query_bhne.scalar_type() == at::kBFloat16 &&
           query_bhne.size(3) % lanes == 0 && processor_has_attention_rows();
}

at::Tensor plain_attention(const at::Tensor& query_bhne,
                           const at::Tensor& key_bhme,
                           const at::Tensor& value_bhme,
                           const at::Tensor& key_bias) {
    const at::Tensor bias = key_bias.defined() ? key_bias.view({1, 1, 1, -1}) : key_bias;
    return scaled_attention(query_bhne, key_bhme, value_bhme, bias);
}

at::Tensor attention(const at::Tensor& query_bhne,
                     const at::Tensor& key_bhme,
                     const at::Tensor& value_bhme,
                     const at::Tensor& key_bias) {
    if (is_taken_in_float32(query_bhne)) {
        const auto exact = [](const at::Tensor& x) { return x.to(at::kFloat); };
        return small_attention(exact(query_bhne),
                               exact(key_bhme),
                               exact(value_bhme),
                               key_bias.defined() ? exact(key_bias) : key_bias)
            .to(query_bhne.scalar_type());
    }
    if (!has_blocked_attention(query_bhne)) {
        return plain_attention(query_bhne, key_bhme, value_bhme, key_bias);
    }
    const auto dense = [](const at::Tensor& x) { return has_dense_rows(x) ? x : x.contiguous(); };
    return blocked_attention(dense(query_bhne), dense(key_bhme), dense(value_bhme), key_bias);
}

}  // namespace nightreel
