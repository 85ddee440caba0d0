#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/model/tensor/tokens/lanes.h"

namespace nightreel {
namespace {

// Each thing that lanes can do, one row after the other.
struct EveryOperation {
    const float* x;         // [rows, 16]
    float* powers;          // [rows, 16]
    float* products;        // [rows, 16]
    c10::BFloat16* halves;  // [rows, 16]
    float* sums;            // [rows]

    template <class L>
    NIGHTREEL_INLINE void run(std::int64_t begin, std::int64_t end) const {
        for (std::int64_t row = begin; row < end; ++row) {
            const std::int64_t at = row * lane_count;
            const L lanes = load_lanes<L>(x + at);
            store_lanes(power_of_two(lanes), powers + at);
            store_lanes(lanes, halves + at);
            const L loaded = load_lanes<L>(halves + at);
            store_lanes(rotated(lanes, larger_of(loaded, lanes_of<L>(0.25F))), products + at);
            sums[row] = sum_of(lanes / (1.0F + lanes * lanes)) + largest_of(lanes);
        }
    }
};

struct Results {
    std::vector<float> powers, products, sums;
    std::vector<c10::BFloat16> halves;
};

using Run = void (*)(const EveryOperation&, std::int64_t, std::int64_t);

Results results_of(Run run, const std::vector<float>& x) {
    Results found;
    const std::size_t rows = x.size() / lane_count;
    found.powers.resize(x.size());
    found.products.resize(x.size());
    found.halves.resize(x.size());
    found.sums.resize(rows);
    run({x.data(),
         found.powers.data(),
         found.products.data(),
         found.halves.data(),
         found.sums.data()},
        0,
        static_cast<std::int64_t>(rows));
    return found;
}

std::vector<float> numbers() {
    std::vector<float> x;
    for (int i = 0; i < 4096; ++i) x.push_back(std::sin(static_cast<float>(i)) * 130.0F);
    return x;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("lanes of this processor compute what they say", "[model]") {
    const std::vector<float> x = numbers();
    const Results found = results_of(run_rows<EveryOperation>, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        CAPTURE(x[i]);
        const double limited = std::min(std::max<double>(x[i], -126), 126.0);
        REQUIRE(found.powers[i] == Approx(std::exp2(limited)).epsilon(4e-7));
        REQUIRE(found.halves[i].x == c10::BFloat16(x[i]).x);
        const double mine = x[i];
        const double other = x[i ^ 1U];
        const auto by = [&](std::size_t at) {
            return std::max(static_cast<double>(static_cast<float>(found.halves[at])), 0.25);
        };
        const double rotated =
            i % 2 == 0 ? mine * by(i) - other * by(i + 1) : mine * by(i - 1) + other * by(i);
        REQUIRE(found.products[i] == Approx(rotated).epsilon(1e-6).margin(5e-3));
    }
}

TEST_CASE("pairs of AVX2 lanes give the bits of AVX-512", "[model]") {
#if defined(__x86_64__)
    if (processor_features().avx512) {
        const std::vector<float> x = numbers();
        const Results pairs = results_of(run_rows_256<EveryOperation>, x);
        const Results whole = results_of(run_rows_512<EveryOperation>, x);
        CHECK(same_bits(pairs.powers, whole.powers));
        CHECK(same_bits(pairs.products, whole.products));
        CHECK(same_bits(pairs.halves, whole.halves));
        CHECK(same_bits(pairs.sums, whole.sums));
        return;
    }
#endif
    WARN("skipped: this processor has no AVX-512");
}

TEST_CASE("what is not a number stays so in bf16", "[model]") {
    std::vector<float> x(lane_count, 1.0F);
    x[3] = std::numeric_limits<float>::quiet_NaN();
    x[12] = std::numeric_limits<float>::infinity();
    const Results found = results_of(run_rows<EveryOperation>, x);
    CHECK(std::isnan(static_cast<float>(found.halves[3])));
    CHECK(std::isinf(static_cast<float>(found.halves[12])));
}

}  // namespace nightreel
