#pragma once
// Latents as plain numbers, for code that knows nothing of tensors: channels, then latent frames,
// rows and columns, as a tensor [c, t, h, w] lies in memory. A value, any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nightreel {

// The shape of one latent frame.
struct LatentSize {
    std::int32_t channels = 0;
    std::int32_t height = 0;
    std::int32_t width = 0;

    friend bool operator==(const LatentSize&, const LatentSize&) = default;
};

struct LatentClip {
    std::int32_t channels = 0;
    std::int32_t frames = 0;
    std::int32_t height = 0;
    std::int32_t width = 0;
    std::vector<float> values;

    LatentSize size() const { return {channels, height, width}; }

    friend bool operator==(const LatentClip&, const LatentClip&) = default;
};

// A clip of zeros.
LatentClip empty_clip(LatentSize size, std::int32_t frames);

// The latent frames [first, first + count) of a clip.
LatentClip slice(const LatentClip& clip, std::int32_t first, std::int32_t count);

// One clip after the other; all of one size. At least one clip.
LatentClip join(const std::vector<LatentClip>& clips);

// Whether `values` is as long as the shape says and every value is finite.
bool is_sound(const LatentClip& clip);

}  // namespace nightreel
