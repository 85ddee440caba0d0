#include "pipeline/model/tensor/attention.h"

#include <array>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <catch2/catch.hpp>

#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

struct Sizes {
    std::int64_t batch, heads, queries, keys, size;
};

// The last is larger than several blocks; odd counts leave blocks that are not full.
constexpr std::array<Sizes, 5> sizes{{{1, 1, 1, 1, 16},
                                      {2, 3, 65, 7, 32},
                                      {1, 2, 130, 513, 128},
                                      {1, 1, 64, 512, 64},
                                      {1, 2, 70, 1100, 128}}};

at::Tensor heads_of(const Sizes& s, std::int64_t rows, std::uint64_t seed) {
    at::manual_seed(seed);
    return at::randn({s.batch, rows, s.heads, s.size}).to(at::kBFloat16).transpose(1, 2);
}

double largest(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kFloat) - b.to(at::kFloat)).abs().max().item<double>();
}

// Two roundings to bf16 of weights and one of the result, of values of size 1 to 4.
constexpr double tolerance = 3e-2;

}  // namespace

TEST_CASE("attention in blocks is the plain one's, whatever the sizes") {
    for (const Sizes& s : sizes) {
        const at::Tensor q = heads_of(s, s.queries, 1);
        const at::Tensor k = heads_of(s, s.keys, 2);
        const at::Tensor v = heads_of(s, s.keys, 3);
        const at::Tensor wanted =
            plain_attention(q.to(at::kFloat), k.to(at::kFloat), v.to(at::kFloat));
        const at::Tensor found = attention(q, k, v);
        CAPTURE(s.queries, s.keys, s.size);
        REQUIRE(found.sizes() == wanted.sizes());
        CHECK(found.transpose(1, 2).is_contiguous());
        CHECK(largest(found, wanted) < tolerance);
    }
}

TEST_CASE("a key's bias is added to its logits") {
    const Sizes s{1, 2, 33, 600, 32};
    const at::Tensor q = heads_of(s, s.queries, 4);
    const at::Tensor k = heads_of(s, s.keys, 5);
    const at::Tensor v = heads_of(s, s.keys, 6);
    const at::Tensor bias = at::zeros({s.keys});
    bias.narrow(0, 550, 50).fill_(3.0);
    const at::Tensor wanted =
        plain_attention(q.to(at::kFloat), k.to(at::kFloat), v.to(at::kFloat), bias);
    CHECK(largest(attention(q, k, v, bias), wanted) < tolerance);
    CHECK(largest(attention(q, k, v), wanted) > tolerance);
}

TEST_CASE("large logits do not overflow, small ones do not vanish") {
    const Sizes s{1, 1, 16, 1024, 64};
    const at::Tensor q = heads_of(s, s.queries, 7) * 30;
    const at::Tensor k = heads_of(s, s.keys, 8) * 30;
    const at::Tensor v = heads_of(s, s.keys, 9);
    const at::Tensor found = attention(q, k, v);
    CHECK(found.isfinite().all().item<bool>());
    CHECK(largest(found, plain_attention(q.to(at::kFloat), k.to(at::kFloat), v.to(at::kFloat))) <
          tolerance);
}

TEST_CASE("a query's result hangs on neither the other queries nor the number of threads") {
    const Sizes s{1, 3, 200, 700, 64};
    const at::Tensor q = heads_of(s, s.queries, 10);
    const at::Tensor k = heads_of(s, s.keys, 11);
    const at::Tensor v = heads_of(s, s.keys, 12);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor alone = attention(q, k, v);
    at::set_num_threads(2);
    const at::Tensor together = attention(q, k, v);
    at::set_num_threads(threads);
    CHECK(at::equal(alone, together));
    if (!has_blocked_attention(q)) return;  // ATen cuts queries into blocks by their number
    CHECK(at::equal(attention(q.narrow(2, 64, 64), k, v), alone.narrow(2, 64, 64)));
}

TEST_CASE("float32 is left to the plain attention where there is AVX-512") {
    const Sizes s{1, 2, 20, 30, 32};
    const at::Tensor q = heads_of(s, s.queries, 13).to(at::kFloat);
    const at::Tensor k = heads_of(s, s.keys, 14).to(at::kFloat);
    CHECK_FALSE(has_blocked_attention(q));
    if (processor_features().avx512) {
        CHECK(at::equal(attention(q, k, k), plain_attention(q, k, k)));
    } else {
        CHECK(largest(attention(q, k, k), plain_attention(q, k, k)) < 4e-6);
    }
}

}  // namespace nightreel
