#include "pipeline/sample/latent_clip.h"

#include <limits>
#include <numeric>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

LatentClip counted_clip(std::int32_t frames) {
    LatentClip clip = empty_clip({3, 2, 5}, frames);
    std::iota(clip.values.begin(), clip.values.end(), 0.0F);
    return clip;
}

}  // namespace

TEST_CASE("the slices of a clip, joined, are the clip", "[sample]") {
    const LatentClip whole = counted_clip(7);
    for (std::int32_t cut = 0; cut <= whole.frames; ++cut) {
        const LatentClip joined =
            join({slice(whole, 0, cut), slice(whole, cut, whole.frames - cut)});
        REQUIRE(joined == whole);
    }
}

TEST_CASE("a slice holds the frames it names, channel by channel", "[sample]") {
    const LatentClip part = slice(counted_clip(4), 2, 1);
    REQUIRE(part.values.size() == 30);
    REQUIRE(part.values.front() == 20.0F);  // channel 0, frame 2
    REQUIRE(part.values.at(10) == 60.0F);   // channel 1, frame 2
    REQUIRE(part.values.back() == 109.0F);  // channel 2, frame 2, last place
}

TEST_CASE("a slice beyond the end and clips of two sizes are refused", "[sample]") {
    REQUIRE_THROWS_AS(slice(counted_clip(4), 3, 2), Error);
    REQUIRE_THROWS_AS(join({counted_clip(2), empty_clip({3, 5, 2}, 2)}), Error);
}

TEST_CASE("a clip of the wrong length or with a value that is no number is not sound", "[sample]") {
    LatentClip clip = counted_clip(2);
    REQUIRE(is_sound(clip));
    clip.values[7] = std::numeric_limits<float>::quiet_NaN();
    REQUIRE_FALSE(is_sound(clip));
    clip = counted_clip(2);
    clip.values.pop_back();
    REQUIRE_FALSE(is_sound(clip));
}

}  // namespace nightreel
