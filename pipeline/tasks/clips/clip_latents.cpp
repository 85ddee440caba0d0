#include "pipeline/tasks/clips/clip_latents.h"

#include <algorithm>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "pipeline/sample/engine.h"
#include "pipeline/tasks/frames.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse_frames(const std::string& why) {
    throw Error(ErrorKind::bad_input, why);
}

LatentClip start_latents(const SampleOrder& order, const TaskContext& context, Engine& engine) {
    const SegmentStart& start = order.start.value();
    const int stride = engine.latent_grid().frames_per_latent;
    const std::int64_t warm_up = start.warm_up;
    if (warm_up < 0 || (warm_up > 0 && warm_up % stride != 1)) {
        refuse_frames(
            fmt::format("{} frames before a segment: expected {} k + 1", warm_up, stride));
    }
    std::vector<FrameRgb> frames = read_frames(start.frames, context);
    const std::int64_t own = warm_up > 0 ? std::int64_t{order.latent_count} * stride
                                         : 1 + std::int64_t{order.latent_count - 1} * stride;
    if (std::ssize(frames) <= warm_up) refuse_frames("no frame for the segment to start from");
    frames.resize(static_cast<std::size_t>(warm_up + own), FrameRgb(frames.back()));
    const LatentClip latents = stream_latents(frames, engine);
    return slice(latents, latents.frames - order.latent_count, order.latent_count);
}

}  // namespace

std::vector<FrameRgb> read_frames(const FramePart& part, const TaskContext& context) {
    const bool is_inside = part.used.first >= part.all.first && part.used.last <= part.all.last;
    if (!is_inside || part.used.count() < 1) {
        refuse_frames(fmt::format("frames {}-{} are asked for of {}-{}",
                                  part.used.first,
                                  part.used.last,
                                  part.all.first,
                                  part.all.last));
    }
    const DisplayFrames source(part.artifact, part.all, context);
    std::vector<FrameRgb> frames;
    for (std::int64_t number = part.used.first; number <= part.used.last; ++number) {
        frames.push_back(source.read(number));
        for (float& value : frames.back().rgb) value = std::clamp(value, 0.0F, 1.0F);
    }
    return frames;
}

LatentClip middle_latents(const std::vector<FrameRgb>& frames, Engine& engine) {
    constexpr std::int32_t warm_up = 3;  // latent frames
    const int stride = engine.latent_grid().frames_per_latent;
    if (frames.empty() || std::ssize(frames) % stride != 0) {
        refuse_frames(
            fmt::format("{} frames cannot be whole latent frames of a stream", frames.size()));
    }
    const int held = 1 + (warm_up - 1) * stride;
    std::vector<FrameRgb> all(static_cast<std::size_t>(held), frames.front());
    all.insert(all.end(), frames.begin(), frames.end());
    const LatentClip latents = engine.encode_clip(all);
    return slice(latents, warm_up, latents.frames - warm_up);
}

LatentClip stream_latents(const std::vector<FrameRgb>& frames, Engine& engine) {
    constexpr std::int64_t piece_latents = 7;
    constexpr std::int64_t warm_up_latents = 4;
    const std::int64_t stride = engine.latent_grid().frames_per_latent;
    const std::int64_t count = (std::ssize(frames) - 1) / stride + 1;
    const std::span<const FrameRgb> all(frames);
    const auto encode = [&](std::int64_t first_frame, std::int64_t latents) {
        return engine.encode_clip(
            all.subspan(static_cast<std::size_t>(first_frame),
                        static_cast<std::size_t>(1 + (latents - 1) * stride)));
    };
    std::vector<LatentClip> pieces{encode(0, std::min(count, piece_latents))};
    for (std::int64_t known = pieces.front().frames; known < count;) {
        const std::int64_t added = std::min(count - known, piece_latents - warm_up_latents);
        // The warm-up begins a stream with the last frame of the latent frame before it.
        const std::int64_t first = (known - warm_up_latents) * stride;
        const LatentClip piece = encode(first, warm_up_latents + added);
        pieces.push_back(slice(piece,
                               piece.frames - static_cast<std::int32_t>(added),
                               static_cast<std::int32_t>(added)));
        known += added;
    }
    return join(pieces);
}

void read_clips(const SampleOrder& order,
                const TaskContext& context,
                Engine& engine,
                SegmentRequest& request) {
    if (order.context) {
        for (const SegmentContext& one : *order.context) {
            const std::vector<FrameRgb> frames = read_frames(one.frames, context);
            request.clean.push_back({.first = one.latent,
                                     .latents = one.latent == 0 ? engine.encode_clip(frames)
                                                                : middle_latents(frames, engine)});
        }
    }
    if (!order.start) return;
    request.start = {
        start_latents(order, context, engine), order.start->noise_level, order.start->levels};
}

}  // namespace nightreel
