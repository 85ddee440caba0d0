#include "pipeline/sample/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "shotspec/base/check.h"
#include "shotspec/base/random.h"

namespace nightreel {

namespace {

PhiloxKey philox_key(std::uint64_t seed) {
    return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

// The 24 high bits as a value in (0, 1]: never zero, so that its logarithm is finite.
float unit_interval(std::uint32_t word) {
    return (static_cast<float>(word >> 8) + 0.5F) * 0x1p-24F;
}

// Box-Muller: two normal values from two uniform ones.
std::array<float, 2> normal_pair(std::uint32_t first, std::uint32_t second) {
    const float radius = std::sqrt(-2.0F * std::log(unit_interval(first)));
    const float angle = 2.0F * std::numbers::pi_v<float> * unit_interval(second);
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

// One channel of one latent frame, in rows.
void fill_plane(float* values, std::size_t count, PhiloxKey key, PhiloxCounter place) {
    for (std::size_t block = 0; block * 4 < count; ++block) {
        place[0] = static_cast<std::uint32_t>(block);
        const PhiloxCounter words = philox4x32(place, key);
        const std::array<float, 2> low = normal_pair(words[0], words[1]);
        const std::array<float, 2> high = normal_pair(words[2], words[3]);
        const std::array<float, 4> four{low[0], low[1], high[0], high[1]};
        std::copy_n(four.begin(), std::min<std::size_t>(4, count - block * 4), values + block * 4);
    }
}

}  // namespace

LatentClip segment_noise(std::uint64_t seed,
                         LatentRange frames,
                         LatentSize size,
                         std::uint32_t draw) {
    NIGHTREEL_CHECK(0 <= frames.begin && frames.begin <= frames.end &&
                        frames.end <= std::numeric_limits<std::int32_t>::max(),
                    "latent frames are counted from 0, upwards");
    const PhiloxKey philox = philox_key(seed);
    LatentClip clip = empty_clip(size, static_cast<std::int32_t>(frames.end - frames.begin));
    const std::size_t plane =
        static_cast<std::size_t>(size.height) * static_cast<std::size_t>(size.width);
    float* values = clip.values.data();
    for (std::int32_t channel = 0; channel < size.channels; ++channel) {
        for (std::int64_t frame = frames.begin; frame < frames.end; ++frame) {
            fill_plane(
                values,
                plane,
                philox,
                {0, static_cast<std::uint32_t>(channel), static_cast<std::uint32_t>(frame), draw});
            values += plane;
        }
    }
    return clip;
}

}  // namespace nightreel
