#include "pipeline/sample/latent_clip.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel {

namespace {

std::size_t plane_of(LatentSize size) {
    return static_cast<std::size_t>(size.height) * static_cast<std::size_t>(size.width);
}

// Copies all frames of `from` into `to`, its first one to frame `at`.
void paste(const LatentClip& from, LatentClip& to, std::size_t at) {
    const std::size_t plane = plane_of(to.size());
    const std::size_t count = plane * static_cast<std::size_t>(from.frames);
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(to.channels); ++channel) {
        const std::size_t start = (channel * static_cast<std::size_t>(to.frames) + at) * plane;
        std::copy_n(from.values.begin() + static_cast<std::ptrdiff_t>(channel * count),
                    count,
                    to.values.begin() + static_cast<std::ptrdiff_t>(start));
    }
}

std::size_t count_of(const LatentClip& clip) {
    return static_cast<std::size_t>(clip.channels) * static_cast<std::size_t>(clip.frames) *
           plane_of(clip.size());
}

}  // namespace

LatentClip empty_clip(LatentSize size, std::int32_t frames) {
    LatentClip clip{size.channels, frames, size.height, size.width, {}};
    clip.values.assign(count_of(clip), 0.0F);
    return clip;
}

LatentClip slice(const LatentClip& clip, std::int32_t first, std::int32_t count) {
    NIGHTREEL_CHECK(first >= 0 && count >= 0 && first + count <= clip.frames,
                    "a slice lies inside its clip");
    LatentClip part = empty_clip(clip.size(), count);
    const std::size_t plane = plane_of(clip.size());
    const std::size_t run = plane * static_cast<std::size_t>(count);
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(clip.channels); ++channel) {
        const std::size_t start =
            (channel * static_cast<std::size_t>(clip.frames) + static_cast<std::size_t>(first)) *
            plane;
        std::copy_n(clip.values.begin() + static_cast<std::ptrdiff_t>(start),
                    run,
                    part.values.begin() + static_cast<std::ptrdiff_t>(channel * run));
    }
    return part;
}

LatentClip join(const std::vector<LatentClip>& clips) {
    NIGHTREEL_CHECK(!clips.empty(), "something to join");
    std::int32_t frames = 0;
    for (const LatentClip& clip : clips) {
        NIGHTREEL_CHECK(clip.size() == clips.front().size(), "joined clips are of one size");
        NIGHTREEL_CHECK(clip.values.size() == count_of(clip),
                        "a clip is as long as its shape says");
        frames += clip.frames;
    }
    LatentClip whole = empty_clip(clips.front().size(), frames);
    std::size_t at = 0;
    for (const LatentClip& clip : clips) {
        paste(clip, whole, at);
        at += static_cast<std::size_t>(clip.frames);
    }
    return whole;
}

bool is_sound(const LatentClip& clip) {
    return clip.channels > 0 && clip.frames >= 0 && clip.height > 0 && clip.width > 0 &&
           clip.values.size() == count_of(clip) &&
           std::all_of(clip.values.begin(), clip.values.end(), [](float value) {
               return std::isfinite(value);
           });
}

}  // namespace nightreel
