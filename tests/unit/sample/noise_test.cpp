#include "pipeline/sample/noise.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "shotspec/base/random.h"

namespace nightreel {

namespace {

constexpr LatentSize toybox_size{16, 8, 12};
constexpr std::uint64_t seed = 0x0123456789abcdef;

double mean_of_power(const LatentClip& clip, int power) {
    double sum = 0;
    for (const float value : clip.values) sum += std::pow(static_cast<double>(value), power);
    return sum / static_cast<double>(clip.values.size());
}

// Of values at a distance in memory.
double correlation(const LatentClip& clip, std::size_t distance) {
    double sum = 0;
    const std::size_t count = clip.values.size() - distance;
    for (std::size_t i = 0; i < count; ++i) {
        sum += static_cast<double>(clip.values[i]) * static_cast<double>(clip.values[i + distance]);
    }
    return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("the generator gives the vectors of its published test", "[sample]") {
    REQUIRE(philox4x32({0, 0, 0, 0}, {0, 0}) ==
            PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    REQUIRE(
        philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    REQUIRE(
        philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("noise has the moments of a normal distribution", "[sample]") {
    const LatentClip clip = segment_noise(seed, {0, 200}, toybox_size);  // 307,200 values
    // Five standard errors each: sqrt(1, 2, 15, 96 / n).
    const double unit = 5 / std::sqrt(static_cast<double>(clip.values.size()));
    REQUIRE(std::abs(mean_of_power(clip, 1)) < unit);
    REQUIRE(std::abs(mean_of_power(clip, 2) - 1) < unit * std::sqrt(2.0));
    REQUIRE(std::abs(mean_of_power(clip, 3)) < unit * std::sqrt(15.0));
    REQUIRE(std::abs(mean_of_power(clip, 4) - 3) < unit * std::sqrt(96.0));
}

TEST_CASE("neighbours in row, column, frame and channel are uncorrelated", "[sample]") {
    const LatentClip clip = segment_noise(seed, {0, 200}, toybox_size);
    const double limit = 5 / std::sqrt(static_cast<double>(clip.values.size()));
    for (const std::size_t distance : {1U, 2U, 3U, 12U, 96U, 96U * 200U}) {
        CAPTURE(distance);
        REQUIRE(std::abs(correlation(clip, distance)) < limit * 1.1);
    }
}

TEST_CASE("a frame of an overlap gets the same noise in both segments", "[sample]") {
    const LatentClip first = segment_noise(seed, {0, 9}, toybox_size);
    const LatentClip second = segment_noise(seed, {7, 16}, toybox_size);
    REQUIRE(slice(first, 7, 2) == slice(second, 0, 2));
    REQUIRE(slice(first, 6, 2) != slice(second, 0, 2));
}

TEST_CASE("every bit of a seed gives other noise", "[sample]") {
    const LatentClip noise = segment_noise(seed, {0, 1}, toybox_size);
    REQUIRE(segment_noise(seed, {0, 1}, toybox_size) == noise);
    for (int bit = 0; bit < 64; ++bit) {
        CAPTURE(bit);
        REQUIRE(segment_noise(seed ^ (std::uint64_t{1} << bit), {0, 1}, toybox_size) != noise);
    }
}

TEST_CASE("the noise of a known take is that of Philox and Box-Muller, computed apart",
          "[sample]") {
    // derived_seed(1234, "sq010_sh0010", 1): what that take was sampled from in every version.
    const std::uint64_t derived = derived_seed(1234, "sq010_sh0010", 1);
    const LatentClip clip = segment_noise(derived, {3, 4}, {2, 1, 3});
    const std::vector<float> expected{
        -2.195732F, 1.541722F, 1.691213F, -0.521478F, -0.758752F, -0.415883F};
    REQUIRE(clip.values.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(clip.values[i] == Approx(expected[i]).margin(3e-6));
    }
}

}  // namespace nightreel
