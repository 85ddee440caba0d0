// The source that nvcc compiles for GPUs, run on the host against ATen's operations.

#include "pipeline/model/cuda/token_rows.h"

#include <array>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/float8_matrix.h"
#include "pipeline/model/tensor/tokens/passes.h"
#include "pipeline/model/transformer/rope.h"
#include "tests/unit/model/host_block.h"

namespace nightreel {
namespace {

constexpr float epsilon = 1e-6F;

struct Sizes {
    std::int64_t batch, groups, tokens_per_group, width;

    std::int64_t tokens() const { return batch * groups * tokens_per_group; }
};

// One timestep, one a frame, one a token. Less than a warp, a whole one, several with threads that
// have nothing, and rows of which each thread takes two pieces or four.
constexpr std::array<Sizes, 6> sizes{{{1, 1, 7, 1536},
                                      {2, 5, 3, 256},
                                      {2, 12, 1, 24},
                                      {1, 3, 2, 1000},
                                      {1, 1, 3, 5120},
                                      {1, 1, 2, 13824}}};

TimeModulation time_of(const Sizes& s) {
    TimeModulation time;
    time.batch = s.batch;
    time.groups = s.groups;
    std::vector<std::int64_t> index;
    for (std::int64_t i = 0; i < s.batch * s.groups; ++i) index.push_back(i % 3);
    time.index = at::tensor(index, at::kLong);
    return time;
}

TableRow table_row(const Sizes& s, const TimeModulation& time) {
    if (s.groups == 1) return {};
    return {time.index.const_data_ptr<std::int64_t>(), s.tokens_per_group, s.width};
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
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Values up to 16 or so: the last digits of float32, half a step of the others.
template <class T>
double tolerance_of() {
    if (std::is_same_v<T, float>) return 2e-5;
    return std::is_same_v<T, at::Half> ? 0.009 : 0.07;
}

template <class Use>
void for_each_type(const Use& use) {
    use(float{});
    use(at::BFloat16{});
    use(at::Half{});
}

}  // namespace

TEST_CASE("every item of a row belongs to one thread of whole warps", "[cuda]") {
    for (std::int64_t width = items_at_once; width <= row_width_max; width += items_at_once) {
        const BlockShape shape = block_shape(width);
        REQUIRE(shape.threads % warp_threads == 0);
        REQUIRE(shape.threads <= block_threads_max);
        REQUIRE((shape.pieces == 1 || shape.pieces == 2 || shape.pieces == pieces_max));
        REQUIRE(std::int64_t{shape.threads} * shape.pieces * items_at_once >= width);
        // The last thread's first piece lies in the row but for what fills up its warp.
        REQUIRE(std::int64_t{shape.threads - warp_threads} * items_at_once < width);
    }
    std::vector<int> owners(5120, 0);
    run_on_host(1, 5120, [&](auto& block, std::int64_t) {
        block.each([&](auto& thread) {
            each_piece(thread, 5120, [&](int, std::int64_t place) {
                for (int i = 0; i < items_at_once; ++i) {
                    ++owners[static_cast<std::size_t>(place + i)];
                }
            });
        });
    });
    CHECK(owners == std::vector<int>(5120, 1));
}

TEST_CASE("a block's modulated norm is ATen's, whatever tokens are held in", "[cuda]") {
    for (const Sizes& s : sizes) {
        for_each_type([&]<class X>(X) {
            for_each_type([&]<class Y>(Y) {
                const TimeModulation time = time_of(s);
                const at::Tensor x = tokens_of(s, c10::CppTypeToScalarType<X>::value, 1);
                const at::Tensor shift = rows_of(s, 2);
                const at::Tensor scale = rows_of(s, 3);
                const auto type = c10::CppTypeToScalarType<Y>::value;
                const at::Tensor found = at::empty(x.sizes(), type);
                const NormTokens<X, Y> all{x.const_data_ptr<X>(),
                                           found.mutable_data_ptr<Y>(),
                                           shift.const_data_ptr<float>(),
                                           scale.const_data_ptr<float>(),
                                           table_row(s, time),
                                           s.width,
                                           epsilon};
                run_on_host(s.tokens(), s.width, [&](auto& block, std::int64_t token) {
                    norm_token(block, all, token);
                });
                const at::Tensor wanted =
                    plain::modulated_norm(x, time, shift, scale, epsilon, type);
                CAPTURE(s.width, s.groups, x.scalar_type(), type);
                CHECK(largest(found, wanted) <= tolerance_of<Y>());
            });
        });
    }
}

TEST_CASE("a block's gated sum is ATen's, whatever tokens are held in", "[cuda]") {
    for (const Sizes& s : sizes) {
        for_each_type([&]<class X>(X) {
            for_each_type([&]<class Y>(Y) {
                const TimeModulation time = time_of(s);
                const at::Tensor found = tokens_of(s, c10::CppTypeToScalarType<X>::value, 4);
                at::Tensor wanted = found.clone();
                const at::Tensor y = tokens_of(s, c10::CppTypeToScalarType<Y>::value, 5);
                const at::Tensor gate = rows_of(s, 6);
                const GateTokens<X, Y> all{found.mutable_data_ptr<X>(),
                                           y.const_data_ptr<Y>(),
                                           gate.const_data_ptr<float>(),
                                           table_row(s, time),
                                           s.width};
                run_on_host(s.tokens(), s.width, [&](auto& block, std::int64_t token) {
                    gate_token(block, all, token);
                });
                plain::add_gated(wanted, y, time, gate);
                CAPTURE(s.width, s.groups, found.scalar_type(), y.scalar_type());
                CHECK(largest(found, wanted) <= tolerance_of<X>());
            });
        });
    }
}

TEST_CASE("a block norms queries and keys over the width and rotates their heads as ATen does",
          "[cuda]") {
    const TokenGrid grid{2, 3, 2};
    constexpr std::int64_t heads = 3;
    for (const std::int64_t head : {8, 24, 128}) {
        for_each_type([&]<class X>(X) {
            at::manual_seed(7);
            const std::int64_t width = heads * head;
            // Queries and keys lie in front of values: gaps between tokens.
            const at::Tensor joined = at::randn({2, grid.tokens(), 3, width})
                                          .mul_(3)
                                          .to(c10::CppTypeToScalarType<X>::value);
            const at::Tensor other = joined.clone();
            const at::Tensor weight = at::randn({2, width});
            const at::Tensor rotations = rotations_of(grid, head);
            const at::Tensor table = at::view_as_real(rotations).contiguous();
            for (const bool is_rotated : {true, false}) {
                const RotateTokens<X> all{joined.mutable_data_ptr<X>(),
                                          weight.const_data_ptr<float>(),
                                          is_rotated ? table.const_data_ptr<float>() : nullptr,
                                          grid.tokens(),
                                          2,
                                          joined.stride(1),
                                          joined.stride(2),
                                          width,
                                          head,
                                          epsilon};
                run_on_host(2 * grid.tokens() * 2, width, [&](auto& block, std::int64_t row) {
                    rotate_token(block, all, row);
                });
                plain::norm_and_rotate(other.narrow(2, 0, 2),
                                       weight,
                                       is_rotated ? rotations : at::Tensor(),
                                       heads,
                                       epsilon);
                CAPTURE(head, joined.scalar_type(), is_rotated);
                // What was one step apart after the first pass may be two after the second.
                CHECK(largest(joined, other) <= (is_rotated ? 1 : 2) * tolerance_of<X>());
            }
            CHECK(at::equal(joined.select(2, 2), other.select(2, 2)));
        });
    }
}

TEST_CASE("a block rounds tokens to e4m3 as ATen does, and its largest item is e4m3's", "[cuda]") {
    for (const std::int64_t width : {8, 264, 5120, 13824}) {
        for_each_type([&]<class X>(X) {
            at::manual_seed(8);
            at::Tensor x = at::randn({5, width}).mul_(at::arange(5).view({5, 1}));
            x = x.to(c10::CppTypeToScalarType<X>::value);  // the first row is zeros
            const at::Tensor found = at::empty(x.sizes(), at::kFloat8_e4m3fn);
            const at::Tensor scales = at::empty({5, 1}, at::kFloat);
            const RoundTokens<X, at::Float8_e4m3fn> all{x.const_data_ptr<X>(),
                                                        found.mutable_data_ptr<at::Float8_e4m3fn>(),
                                                        scales.mutable_data_ptr<float>(),
                                                        width};
            run_on_host(
                5, width, [&](auto& block, std::int64_t token) { round_token(block, all, token); });
            const auto [wanted, wanted_scales] = plain::round_to_e4m3(x);
            CAPTURE(width, x.scalar_type());
            CHECK(at::equal(found.to(at::kFloat), wanted.to(at::kFloat)));
            CHECK(at::equal(scales, wanted_scales));
            const at::Tensor most = found.to(at::kFloat).abs().amax(1);
            CHECK(most[0].item<float>() == 0);
            CHECK(most.narrow(0, 1, 4).eq(e4m3_largest).all().item<bool>());
        });
    }
}

}  // namespace nightreel
