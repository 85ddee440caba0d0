#include "pipeline/stitch/overlap.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

std::int64_t end_of(const LatentSegment& segment) {
    return segment.first + segment.latents.frames;
}

// How many frames of `segment` are known already, when `frames` are.
std::int32_t shared_frames(const LatentSegment& segment, std::int64_t frames) {
    const std::int64_t shared = frames - segment.first;
    if (shared < 0 || shared > segment.latents.frames) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "segment with latent frames {} to {} does not continue a take of {} latent frames",
                segment.first,
                end_of(segment) - 1,
                frames));
    }
    return static_cast<std::int32_t>(shared);
}

// Moves the last frames of `take` towards the first frames of `later`, each by its own weight.
void blend_tail(LatentClip& take, const LatentClip& later, const std::vector<float>& weights) {
    const auto plane = static_cast<std::size_t>(take.height) * static_cast<std::size_t>(take.width);
    const auto overlap = weights.size();
    const auto frames = static_cast<std::size_t>(take.frames);
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(take.channels); ++channel) {
        for (std::size_t frame = 0; frame < overlap; ++frame) {
            const std::size_t to = (channel * frames + frames - overlap + frame) * plane;
            const std::size_t from =
                (channel * static_cast<std::size_t>(later.frames) + frame) * plane;
            for (std::size_t i = 0; i < plane; ++i) {
                float& value = take.values[to + i];
                value += weights[frame] * (later.values[from + i] - value);
            }
        }
    }
}

}  // namespace

std::vector<float> rising_weights(std::int32_t overlap) {
    std::vector<float> weights;
    for (std::int32_t i = 0; i < overlap; ++i) {
        weights.push_back(static_cast<float>(i + 1) / static_cast<float>(overlap + 1));
    }
    return weights;
}

LatentClip new_frames(const LatentSegment& segment, std::int64_t frames) {
    const std::int32_t shared = shared_frames(segment, frames);
    return slice(segment.latents, shared, segment.latents.frames - shared);
}

LatentClip blended(std::span<const LatentSegment> segments) {
    if (segments.empty()) throw Error(ErrorKind::bad_input, "a take without segments");
    LatentClip take = segments.front().latents;
    const std::int64_t first = segments.front().first;
    for (const LatentSegment& segment : segments.subspan(1)) {
        const std::int32_t shared = shared_frames(segment, first + take.frames);
        if (shared > take.frames) {
            throw Error(ErrorKind::bad_input, "a segment begins before the take does");
        }
        blend_tail(take, segment.latents, rising_weights(shared));
        take = join({take, slice(segment.latents, shared, segment.latents.frames - shared)});
    }
    return take;
}

}  // namespace nightreel
