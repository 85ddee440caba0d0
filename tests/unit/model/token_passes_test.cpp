#include <array>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/tokens/passes.h"
#include "pipeline/model/transformer/rope.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

constexpr double epsilon = 1e-6;
constexpr std::array<at::ScalarType, 2> types{at::kFloat, at::kBFloat16};

struct Sizes {
    std::int64_t batch, groups, tokens_per_group, width;
};

// One timestep, one a frame, one a token; the last width is the plain twin's.
constexpr std::array<Sizes, 4> sizes{
    {{1, 1, 37, 1536}, {2, 5, 6, 256}, {2, 30, 1, 32}, {1, 3, 4, 24}}};

TimeModulation time_of(const Sizes& s) {
    TimeModulation time;
    time.batch = s.batch;
    time.groups = s.groups;
    std::vector<std::int64_t> index;
    for (std::int64_t i = 0; i < s.batch * s.groups; ++i) index.push_back(i % 3);
    time.index = at::tensor(index, at::kLong);
    return time;
}

at::Tensor tokens_of(const Sizes& s, at::ScalarType type, std::uint64_t seed) {
    at::manual_seed(seed);
    return at::randn({s.batch, s.groups * s.tokens_per_group, s.width}).mul_(2).add_(0.5).to(type);
}

at::Tensor rows_of(const Sizes& s, std::uint64_t seed) {
    at::manual_seed(seed);
    return at::randn({s.groups == 1 ? 1 : 3, s.width});
}

double largest(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kFloat) - b.to(at::kFloat)).abs().max().item<double>();
}

// Values up to 16 or so: the last digits of float32, and half a step of bf16.
double tolerance_of(at::ScalarType type) {
    return type == at::kFloat ? 2e-5 : 0.07;
}

}  // namespace

TEST_CASE("a modulated norm is the plain one's, whatever tokens are held in") {
    for (const Sizes& s : sizes) {
        for (const at::ScalarType from : types) {
            for (const at::ScalarType to : types) {
                const TimeModulation time = time_of(s);
                const at::Tensor x = tokens_of(s, from, 1);
                const at::Tensor shift = rows_of(s, 2);
                const at::Tensor scale = rows_of(s, 3);
                const at::Tensor found = modulated_norm(x, time, shift, scale, epsilon, to);
                const at::Tensor wanted = plain::modulated_norm(x, time, shift, scale, epsilon, to);
                CAPTURE(s.width, s.groups, from, to);
                REQUIRE(found.scalar_type() == to);
                CHECK(largest(found, wanted) <= tolerance_of(to));
            }
        }
    }
}

TEST_CASE("a gated sum is the plain one's, whatever tokens are held in") {
    for (const Sizes& s : sizes) {
        for (const at::ScalarType type : types) {
            for (const at::ScalarType added : types) {
                const TimeModulation time = time_of(s);
                at::Tensor found = tokens_of(s, type, 4);
                at::Tensor wanted = found.clone();
                const at::Tensor y = tokens_of(s, added, 5);
                const at::Tensor gate = rows_of(s, 6);
                add_gated(found, y, time, gate);
                plain::add_gated(wanted, y, time, gate);
                CAPTURE(s.width, s.groups, type, added);
                CHECK(largest(found, wanted) <= tolerance_of(type));
            }
        }
    }
}

TEST_CASE("queries and keys are normed over the width and rotated by heads as the plain ones are") {
    const TokenGrid grid{2, 3, 5};
    for (const std::int64_t head : {12, 16, 128}) {
        for (const at::ScalarType type : types) {
            const std::int64_t heads = 3;
            at::manual_seed(7);
            // Queries and keys lie in front of values: gaps between tokens.
            at::Tensor joined = at::randn({2, grid.tokens(), 3, heads * head}).mul_(3).to(type);
            const at::Tensor untouched = joined.select(2, 2).clone();
            at::Tensor other = joined.clone();
            const at::Tensor weight = at::randn({2, heads * head});
            const at::Tensor rotations = rotations_of(grid, head);
            norm_and_rotate(joined.narrow(2, 0, 2), weight, rotations, heads, epsilon);
            plain::norm_and_rotate(other.narrow(2, 0, 2), weight, rotations, heads, epsilon);
            CAPTURE(head, type);
            CHECK(largest(joined, other) <= tolerance_of(type));
            CHECK(at::equal(joined.select(2, 2), untouched));

            norm_and_rotate(joined.narrow(2, 0, 2), weight, {}, heads, epsilon);
            plain::norm_and_rotate(other.narrow(2, 0, 2), weight, {}, heads, epsilon);
            CHECK(largest(joined, other) <= 2 * tolerance_of(type));
        }
    }
}

TEST_CASE("a token's result depends neither on other tokens nor on the number of threads") {
    const Sizes s{1, 1, 100, 128};
    const TimeModulation time = time_of(s);
    const at::Tensor x = tokens_of(s, at::kBFloat16, 8);
    const at::Tensor shift = rows_of(s, 9);
    const at::Tensor scale = rows_of(s, 10);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor one = modulated_norm(x, time, shift, scale, epsilon, at::kFloat);
    at::set_num_threads(3);
    const at::Tensor three = modulated_norm(x, time, shift, scale, epsilon, at::kFloat);
    at::set_num_threads(threads);
    CHECK(at::equal(one, three));
    const at::Tensor few =
        modulated_norm(x.narrow(1, 41, 7), time, shift, scale, epsilon, at::kFloat);
    CHECK(at::equal(few, one.narrow(1, 41, 7)));
}

TEST_CASE("a value that is not finite is not lost") {
    const Sizes s{1, 1, 2, 32};
    const TimeModulation time = time_of(s);
    at::Tensor x = tokens_of(s, at::kBFloat16, 11);
    at::Tensor y = at::zeros_like(x);
    y[0][1][3] = std::numeric_limits<float>::quiet_NaN();
    y[0][1][4] = std::numeric_limits<float>::infinity();
    add_gated(x, y, time, at::ones({1, s.width}));
    CHECK(x[0][1][3].isnan().item<bool>());
    CHECK(x[0][1][4].isinf().item<bool>());
    CHECK(x.isfinite().sum().item<std::int64_t>() == 2 * s.width - 2);
    CHECK(modulated_norm(x, time, rows_of(s, 12), rows_of(s, 13), epsilon, at::kBFloat16)[0][1]
              .isnan()
              .all()
              .item<bool>());
}

TEST_CASE("an activation is GELU's tanh form to the last digit of bf16, at every number") {
    // All numbers of bf16: what is not one stays none.
    const at::Tensor all = at::arange(1 << 16, at::kInt).to(at::kShort).view(at::kBFloat16);
    const at::Tensor wanted = at::gelu(all.to(at::kDouble), "tanh");
    at::Tensor found = all.clone().view({-1, 512});
    activate(found);
    const at::Tensor exact = found.flatten().to(at::kDouble);
    REQUIRE(!exact.masked_select(all.isnan()).isfinite().any().item<bool>());
    // Beyond them e^-2u has no room in a float32.
    const at::Tensor usual = all.to(at::kDouble).abs() < 1e30;
    constexpr double half_step = 1.0 / 256;  // of bf16, relative
    constexpr double vanishing = 1e-7;
    const at::Tensor gap = (exact - wanted).abs() - wanted.abs() * half_step * 1.01;
    CHECK(gap.masked_select(usual).max().item<double>() < vanishing);
}

TEST_CASE("an activation in float32 is ATen's own with AVX-512, and as exact without") {
    at::manual_seed(3);
    at::Tensor found = at::randn({50, 48}).mul_(3);
    const at::Tensor x = found.to(at::kDouble);
    const at::Tensor plain = at::gelu(found, "tanh");
    const at::Tensor exact = at::gelu(x, "tanh");
    activate(found);
    if (processor_features().avx512) REQUIRE(found.equal(plain));
    const at::Tensor gap = (found.to(at::kDouble) - exact).abs();
    REQUIRE((gap / x.abs()).max().item<double>() < 4e-7);
}

}  // namespace nightreel
