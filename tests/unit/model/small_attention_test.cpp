#include <array>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/attention.h"
#include "pipeline/model/tensor/small/attention.h"

namespace nightreel {
namespace {

struct Sizes {
    std::int64_t batch, heads, queries, keys, size;
};

// Counts at, below and above whole blocks of 96 queries and 256 keys.
constexpr std::array<Sizes, 5> sizes{{{1, 1, 1, 1, 16},
                                      {2, 3, 97, 7, 32},
                                      {1, 2, 96, 256, 128},
                                      {1, 1, 200, 257, 64},
                                      {1, 2, 70, 1100, 128}}};

at::Tensor heads_of(const Sizes& s, std::int64_t rows, std::uint64_t seed) {
    at::manual_seed(seed);
    return at::randn({s.batch, rows, s.heads, s.size}).transpose(1, 2);
}

double largest(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

// Of float32: values are of size 1 to 4.
constexpr double tolerance = 4e-6;

bool lacks_small_attention() {
    if (has_small_attention(128)) return false;
    WARN("skipped: this processor has no small products");
    return true;
}

}  // namespace

TEST_CASE("small attention is the plain one's to the rounding of float32, whatever the sizes") {
    if (lacks_small_attention()) return;
    for (const Sizes& s : sizes) {
        const at::Tensor q = heads_of(s, s.queries, 1);
        const at::Tensor k = heads_of(s, s.keys, 2);
        const at::Tensor v = heads_of(s, s.keys, 3);
        CAPTURE(s.queries, s.keys, s.size);
        const at::Tensor found = small_attention(q, k, v, {});
        const at::Tensor wanted = plain_attention(q, k, v);
        REQUIRE(found.sizes() == wanted.sizes());
        CHECK(found.transpose(1, 2).is_contiguous());
        CHECK(largest(found, wanted) < tolerance);
        const at::Tensor bias = at::linspace(-2, 3, s.keys);
        CHECK(largest(small_attention(q, k, v, bias), plain_attention(q, k, v, bias)) < tolerance);
    }
}

TEST_CASE("large logits neither overflow nor vanish in small attention") {
    if (lacks_small_attention()) return;
    const Sizes s{1, 1, 16, 1024, 64};
    const at::Tensor q = heads_of(s, s.queries, 7) * 30;
    const at::Tensor k = heads_of(s, s.keys, 8) * 30;
    const at::Tensor v = heads_of(s, s.keys, 9);
    const at::Tensor found = small_attention(q, k, v, {});
    CHECK(found.isfinite().all().item<bool>());
    // Logits of some thousands are rounded to 1e-4 of themselves.
    const at::Tensor wanted =
        plain_attention(q.to(at::kDouble), k.to(at::kDouble), v.to(at::kDouble));
    CHECK(largest(found.to(at::kDouble), wanted) < 2e-2);
}

TEST_CASE("a query's small attention hangs on neither the other queries nor the threads") {
    if (lacks_small_attention()) return;
    const Sizes s{1, 3, 200, 700, 64};
    const at::Tensor q = heads_of(s, s.queries, 10);
    const at::Tensor k = heads_of(s, s.keys, 11);
    const at::Tensor v = heads_of(s, s.keys, 12);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor alone = small_attention(q, k, v, {});
    at::set_num_threads(2);
    const at::Tensor together = small_attention(q, k, v, {});
    at::set_num_threads(threads);
    CHECK(at::equal(alone, together));
    CHECK(at::equal(small_attention(q.narrow(2, 64, 64), k, v, {}), alone.narrow(2, 64, 64)));
}

}  // namespace nightreel
