#include "pipeline/picture/exr/half.h"

#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "shotspec/base/random.h"

namespace nightreel {
namespace {

// Every exponent and sign with random mantissas, finite.
std::vector<float> many_floats() {
    std::vector<float> values;
    for (std::uint32_t i = 0; values.size() < 200'003; ++i) {
        for (const std::uint32_t bits : philox4x32({i, 0, 0, 0}, {7, 0})) {
            const auto value = std::bit_cast<float>(bits);
            if (std::isfinite(value)) values.push_back(value);
        }
    }
    return values;
}

}  // namespace

TEST_CASE("the fast conversion to half has the bits of the portable one", "[half]") {
    const std::vector<float> values = many_floats();
    std::vector<std::uint16_t> fast(values.size());
    std::vector<std::uint16_t> portable(values.size());
    REQUIRE(to_half(values, fast));
    REQUIRE(to_half_portable(values, portable));
    REQUIRE(fast == portable);
}

TEST_CASE("values beyond a half are clamped and not made infinite", "[half]") {
    std::vector<float> values(16, 1e9F);
    values[3] = -1e9F;
    std::vector<std::uint16_t> halves(values.size());
    REQUIRE(to_half(values, halves));
    REQUIRE(halves[0] == 0x7bff);
    REQUIRE(halves[3] == 0xfbff);
    REQUIRE(halves[15] == 0x7bff);
}

TEST_CASE("one NaN or infinity anywhere is noticed", "[half]") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (std::size_t place = 0; place < 19; ++place) {
        for (const float bad : {nan, infinity, -infinity}) {
            std::vector<float> values(19, 0.5F);
            values[place] = bad;
            std::vector<std::uint16_t> halves(values.size());
            REQUIRE_FALSE(to_half(values, halves));
        }
    }
}

}  // namespace nightreel
