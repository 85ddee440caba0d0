#include "pipeline/plan/memory_plan.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::int64_t gibibyte = 1 << 30;

// Wan 2.1 14B in bf16.
constexpr TransformerSizes large{.weight_bytes = 28'576'980'000,
                                 .block_bytes = 702'000'000,
                                 .layers = 40,
                                 .width = 5120,
                                 .feed_forward = 13824,
                                 .item_bytes = 2};

constexpr TransformerWork clip{.tokens_per_frame = 30 * 52, .latent_frames = 21, .batch = 1};

}  // namespace

TEST_CASE("weights stay in memory when they fit and are streamed when they do not", "[memory]") {
    REQUIRE(choose_residency(large, clip, 80 * gibibyte) == Residency::resident);
    REQUIRE(choose_residency(large, clip, 8 * gibibyte) == Residency::streamed);
}

TEST_CASE("a need is the smallest budget that is not refused", "[memory]") {
    const MemoryNeed need = memory_need(large, clip);
    REQUIRE(choose_residency(large, clip, need.resident_bytes) == Residency::resident);
    REQUIRE(choose_residency(large, clip, need.resident_bytes - 1) == Residency::streamed);
    REQUIRE(choose_residency(large, clip, need.streamed_bytes) == Residency::streamed);
    REQUIRE_THROWS_AS(choose_residency(large, clip, need.streamed_bytes - 1), Error);
}

TEST_CASE("the length that a refusal names fits, and one frame more does not", "[memory]") {
    const std::int64_t budget = memory_need(large, clip).streamed_bytes - 1;
    try {
        choose_residency(large, clip, budget);
        FAIL("the clip should not fit");
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::out_of_memory);
        REQUIRE_THAT(error.what(), Catch::Contains("20 latent frames would fit"));
    }
    TransformerWork shorter = clip;
    shorter.latent_frames = 20;
    REQUIRE(choose_residency(large, shorter, budget) == Residency::streamed);
}

TEST_CASE("longer clips, larger pictures and guidance need more", "[memory]") {
    const std::int64_t usual = memory_need(large, clip).streamed_bytes;
    for (std::int64_t TransformerWork::*size : {&TransformerWork::tokens_per_frame,
                                                &TransformerWork::latent_frames,
                                                &TransformerWork::batch}) {
        TransformerWork more = clip;
        more.*size += 1;
        REQUIRE(memory_need(large, more).streamed_bytes > usual);
    }
}

}  // namespace nightreel
