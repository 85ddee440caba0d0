#include "pipeline/stitch/overlap.h"

#include <numeric>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

LatentClip filled(std::int32_t frames, float value) {
    LatentClip clip = empty_clip({2, 2, 3}, frames);
    std::fill(clip.values.begin(), clip.values.end(), value);
    return clip;
}

LatentClip counted(std::int32_t frames) {
    LatentClip clip = empty_clip({2, 2, 3}, frames);
    std::iota(clip.values.begin(), clip.values.end(), 1.0F);
    return clip;
}

}  // namespace

TEST_CASE("overlap weights of two neighbours sum to one and rise", "[stitch]") {
    for (std::int32_t overlap = 1; overlap <= 9; ++overlap) {
        const std::vector<float> rising = rising_weights(overlap);
        REQUIRE(rising.size() == static_cast<std::size_t>(overlap));
        for (std::size_t i = 0; i < rising.size(); ++i) {
            REQUIRE(rising[i] > 0.0F);
            REQUIRE(rising[i] < 1.0F);
            // The earlier one's weights are the same ramp, read backwards.
            REQUIRE(rising[i] + rising[rising.size() - 1 - i] == Approx(1.0F));
            if (i > 0) REQUIRE(rising[i] > rising[i - 1]);
        }
    }
    REQUIRE(rising_weights(0).empty());
}

TEST_CASE("segments cut from one take give that take back, both ways of joining", "[stitch]") {
    const LatentClip take = counted(11);
    const std::vector<LatentSegment> segments{
        {0, slice(take, 0, 5)}, {3, slice(take, 3, 5)}, {8, slice(take, 8, 3)}};
    std::vector<LatentClip> parts;
    std::int64_t frames = 0;
    for (const LatentSegment& segment : segments) {
        parts.push_back(new_frames(segment, frames));
        frames += parts.back().frames;
    }
    REQUIRE(join(parts) == take);
    REQUIRE(blended(segments) == take);
}

TEST_CASE("a blend goes from the earlier segment to the later one", "[stitch]") {
    const std::vector<LatentSegment> segments{{10, filled(4, 0.0F)}, {12, filled(4, 3.0F)}};
    const LatentClip take = blended(segments);
    REQUIRE(take.frames == 6);
    const std::vector<float> expected{0, 0, 1, 2, 3, 3};
    for (std::int32_t frame = 0; frame < take.frames; ++frame) {
        REQUIRE(slice(take, frame, 1) == filled(1, expected[static_cast<std::size_t>(frame)]));
    }
}

TEST_CASE("a gap between segments is refused", "[stitch]") {
    REQUIRE_THROWS_AS(new_frames({6, filled(4, 0)}, 5), Error);
    REQUIRE_THROWS_AS(new_frames({0, filled(4, 0)}, 5), Error);
    const std::vector<LatentSegment> apart{{0, filled(4, 0)}, {5, filled(4, 0)}};
    REQUIRE_THROWS_AS(blended(apart), Error);
}

}  // namespace nightreel
