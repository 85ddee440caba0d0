#include "pipeline/model/tensor/small/attention.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "pipeline/model/tensor/small/product.h"
#include "pipeline/model/tensor/tokens/lanes.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// Logits of a block, its keys and its values stay in the second-level cache: 320 KiB for heads of
// 128.
constexpr std::int64_t queries_of_block = 96;
constexpr std::int64_t keys_of_block = 256;

constexpr float log2_e = 1.44269504F;

// Keys and values of all heads, block by block, in the order that products read. The last block of
// a head may have fewer keys.
struct PackedKeys {
    std::int64_t count = 0;  // of keys
    std::int64_t blocks = 0;
    std::int64_t size = 0;  // of a head
    at::Tensor keys;        // [heads, blocks, size x keys_of_block]
    at::Tensor values;

    std::int64_t keys_of(std::int64_t block) const {
        return std::min(keys_of_block, count - block * keys_of_block);
    }

    const float* block_of(const at::Tensor& packed, std::int64_t head, std::int64_t block) const {
        return packed.const_data_ptr<float>() + (head * blocks + block) * keys_of_block * size;
    }
};

// The first row of a head [m, e].
const float* rows_of(const at::Tensor& x_bhne, std::int64_t head) {
    const std::int64_t heads = x_bhne.size(1);
    return x_bhne.const_data_ptr<float>() + head / heads * x_bhne.stride(0) +
           head % heads * x_bhne.stride(1);
}

PackedKeys pack(const at::Tensor& key_bhme, const at::Tensor& value_bhme) {
    const std::int64_t heads = key_bhme.size(0) * key_bhme.size(1);
    PackedKeys packed;
    packed.count = key_bhme.size(2);
    packed.blocks = (packed.count + keys_of_block - 1) / keys_of_block;
    packed.size = key_bhme.size(3);
    const std::int64_t items = keys_of_block * packed.size;
    packed.keys = at::empty({heads, packed.blocks, items}, at::kFloat);
    packed.values = at::empty({heads, packed.blocks, items}, at::kFloat);
    auto* keys = packed.keys.mutable_data_ptr<float>();
    auto* values = packed.values.mutable_data_ptr<float>();
    at::parallel_for(0, heads * packed.blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t head = i / packed.blocks;
            const std::int64_t block = i % packed.blocks;
            const std::int64_t first = block * keys_of_block;
            const std::int64_t count = packed.keys_of(block);
            pack_panels({.values = rows_of(key_bhme, head) + first * key_bhme.stride(2),
                         .inputs = packed.size,
                         .outputs = count,
                         .input_stride = 1,
                         .output_stride = key_bhme.stride(2)},
                        keys + i * items);
            pack_panels({.values = rows_of(value_bhme, head) + first * value_bhme.stride(2),
                         .inputs = count,
                         .outputs = packed.size,
                         .input_stride = value_bhme.stride(2),
                         .output_stride = 1},
                        values + i * items);
        }
    });
    return packed;
}

// A row of logits times log2(e) becomes their weights, with the maximum and total of an online
// softmax and the sums gathered so far. Rows have room for whole lanes.
struct WeighRows {
    float* logits;      // [rows, keys_of_block]
    const float* bias;  // of these keys; null for none
    std::int64_t keys;
    float* maximum;
    float* total;
    float* sums;  // [rows, size]
    std::int64_t size;

    NIGHTREEL_INLINE void add_bias(float* row) const {
        for (std::int64_t key = 0; key < keys; ++key) row[key] += bias[key] * log2_e;
    }

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        const std::int64_t whole = (keys + lane_count - 1) / lane_count * lane_count;
        for (std::int64_t i = begin; i < end; ++i) {
            float* row = logits + i * keys_of_block;
            if (bias != nullptr) add_bias(row);
            // Keys that are not there weigh nothing.
            for (std::int64_t key = keys; key < whole; ++key) {
                row[key] = -std::numeric_limits<float>::infinity();
            }
            L highest = lanes_of<L>(maximum[i]);
            for (std::int64_t key = 0; key < whole; key += lane_count) {
                const L logit = load_lanes<L>(row + key);
                highest = larger_of(logit, highest);
            }
            const float now = largest_of(highest);
            const L less = lanes_of<L>(now);
            L sum{};
            for (std::int64_t key = 0; key < whole; key += lane_count) {
                const L weight = power_of_two(load_lanes<L>(row + key) - less);
                sum += weight;
                store_lanes(weight, row + key);
            }
            const float kept = std::exp2(maximum[i] - now);
            maximum[i] = now;
            total[i] = total[i] * kept + sum_of(sum);
            if (kept == 1.0F) continue;
            float* gathered = sums + i * size;
            for (std::int64_t item = 0; item < size; item += lane_count) {
                store_lanes(load_lanes<L>(gathered + item) * kept, gathered + item);
            }
        }
    }
};

struct ScaleRows {
    const float* from;
    std::int64_t stride;
    std::int64_t size;
    float factor;
    float* to;  // dense

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t row = begin; row < end; ++row) {
            for (std::int64_t item = 0; item < size; item += lane_count) {
                store_lanes(load_lanes<L>(from + row * stride + item) * factor,
                            to + row * size + item);
            }
        }
    }
};

// What one thread works in.
struct Scratch {
    explicit Scratch(std::int64_t size)
        : queries(static_cast<std::size_t>(queries_of_block * size)),
          logits(queries_of_block * keys_of_block),
          sums(static_cast<std::size_t>(queries_of_block * size)),
          maximum(queries_of_block),
          total(queries_of_block) {}

    std::vector<float> queries;  // scaled
    std::vector<float> logits;   // and weights
    std::vector<float> sums;     // of weighted values
    std::vector<float> maximum;
    std::vector<float> total;  // of weights
};

struct Queries {
    const float* data = nullptr;
    std::int64_t stride = 0;
    std::int64_t count = 0;
    std::int64_t head = 0;
};

// Queries of one head against all keys; writes their rows of the output.
void attend(const Queries& queries,
            const PackedKeys& packed,
            const float* key_bias,
            Scratch& scratch,
            float* out,
            std::int64_t out_stride) {
    const std::int64_t size = packed.size;
    const float scale = log2_e / std::sqrt(static_cast<float>(size));
    run_rows(ScaleRows{queries.data, queries.stride, size, scale, scratch.queries.data()},
             0,
             queries.count);
    std::fill(
        scratch.maximum.begin(), scratch.maximum.end(), -std::numeric_limits<float>::infinity());
    std::fill(scratch.total.begin(), scratch.total.end(), 0.0F);
    std::fill(scratch.sums.begin(), scratch.sums.end(), 0.0F);
    for (std::int64_t block = 0; block < packed.blocks; ++block) {
        const std::int64_t keys = packed.keys_of(block);
        multiply({.rows = queries.count,
                  .inputs = size,
                  .outputs = keys,
                  .values = scratch.queries.data(),
                  .value_stride = size,
                  .panels = packed.block_of(packed.keys, queries.head, block),
                  .sums = scratch.logits.data(),
                  .sum_stride = keys_of_block},
                 ProductStart::zero);
        run_rows(WeighRows{scratch.logits.data(),
                           key_bias == nullptr ? nullptr : key_bias + block * keys_of_block,
                           keys,
                           scratch.maximum.data(),
                           scratch.total.data(),
                           scratch.sums.data(),
                           size},
                 0,
                 queries.count);
        multiply({.rows = queries.count,
                  .inputs = keys,
                  .outputs = size,
                  .values = scratch.logits.data(),
                  .value_stride = keys_of_block,
                  .panels = packed.block_of(packed.values, queries.head, block),
                  .sums = scratch.sums.data(),
                  .sum_stride = size},
                 ProductStart::sums);
    }
    for (std::int64_t row = 0; row < queries.count; ++row) {
        const float factor = 1.0F / scratch.total[static_cast<std::size_t>(row)];
        run_rows(
            ScaleRows{scratch.sums.data() + row * size, size, size, factor, out + row * out_stride},
            0,
            1);
    }
}

}  // namespace

bool has_small_attention(std::int64_t head_size) {
    return has_small_products() && head_size % lane_count == 0;
}

at::Tensor small_attention(const at::Tensor& query_bhne,
                           const at::Tensor& key_bhme,
                           const at::Tensor& value_bhme,
                           const at::Tensor& key_bias) {
    const auto dense = [](const at::Tensor& x) { return x.stride(3) == 1 ? x : x.contiguous(); };
    const at::Tensor query = dense(query_bhne);
    const PackedKeys packed = pack(dense(key_bhme), dense(value_bhme));
    const std::int64_t heads = query.size(1);
    const std::int64_t count = query.size(2);
    const std::int64_t size = query.size(3);
    const at::Tensor bias = key_bias.defined() ? key_bias.flatten().contiguous() : key_bias;
    NIGHTREEL_CHECK(!bias.defined() || bias.numel() == packed.count, "a bias for each key");
    const float* bias_data = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    at::Tensor out_bnhe = at::empty({query.size(0), count, heads, size}, query.options());
    auto* out = out_bnhe.mutable_data_ptr<float>();
    const std::int64_t blocks = (count + queries_of_block - 1) / queries_of_block;
    const std::int64_t all = query.size(0) * heads * blocks;
    at::parallel_for(0, all, 1, [&](std::int64_t begin, std::int64_t end) {
        Scratch scratch(size);
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t head = i / blocks;
            const std::int64_t first = i % blocks * queries_of_block;
            const Queries queries{.data = rows_of(query, head) + first * query.stride(2),
                                  .stride = query.stride(2),
                                  .count = std::min(queries_of_block, count - first),
                                  .head = head};
            attend(queries,
                   packed,
                   bias_data,
                   scratch,
                   out + ((head / heads * count + first) * heads + head % heads) * size,
                   heads * size);
        }
    });
    return out_bnhe.transpose(1, 2);
}

}  // namespace nightreel
