#include "pipeline/plan/segment_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/card/forcing.h"
#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::bad_input, why);
}

void refuse_impossible(std::int64_t frame_count,
                       const ModelCard& card,
                       std::int32_t window,
                       std::int32_t overlap) {
    if (frame_count < 1 || frame_count > take_frames_max) {
        refuse(fmt::format(
            "{} frames: a take must have 1 to {} frames", frame_count, take_frames_max));
    }
    if (window < card.window.latent_frames_min || window > card.window.latent_frames_max) {
        refuse(fmt::format("segment of {} latent frames: model {} supports {} to {}",
                           window,
                           card.name,
                           card.window.latent_frames_min,
                           card.window.latent_frames_max));
    }
    if (overlap < 0 || overlap >= window) {
        refuse(fmt::format(
            "overlap of {} latent frames: a segment has {}, so the overlap must be 0 to {}",
            overlap,
            window,
            window - 1));
    }
    const bool is_long = latents_for(frame_count, card.latents) > window;
    if (is_long && (overlap == 0 || continuation_of(card) == Continuation::none)) {
        refuse(
            fmt::format("{} frames require more than one segment of {} latent frames, and with "
                        "overlap {} model {} cannot continue a segment; use a shorter take, longer "
                        "segments or separate clips",
                        frame_count,
                        window,
                        overlap,
                        card.name));
    }
}

void refuse_broken_blocks(std::int32_t window, std::int32_t overlap, std::int32_t block) {
    if (block >= 1 && window % block == 0 && overlap % block == 0) return;
    refuse(
        fmt::format("segment of {} latent frames with overlap {}: both must be multiples of the "
                    "block length {}",
                    window,
                    overlap,
                    block));
}

// The last segment, which adds what is missing up to `latent_end`.
Segment last_segment(const Segment& before, std::int64_t latent_end, std::int32_t count) {
    const auto own = static_cast<std::int32_t>(latent_end - before.latent_end());
    return {.latent_first = latent_end - count, .latent_count = count, .history = count - own};
}

// A take of one stream and one segment.
SegmentPlan one_segment(std::int64_t frame_count, std::int32_t latent_count) {
    SegmentPlan plan;
    plan.frame_count = frame_count;
    plan.latent_count = latent_count;
    plan.segments.push_back({.latent_count = latent_count});
    return plan;
}

}  // namespace

std::int64_t latents_for(std::int64_t frame_count, const ModelLatents& latents) {
    const std::int64_t stride = latents.frames_per_latent;
    return (frame_count - 1 + stride - 1) / stride + 1;
}

std::int64_t first_frame_of(std::int64_t latent, const ModelLatents& latents) {
    return latent == 0 ? 0 : 1 + (latent - 1) * latents.frames_per_latent;
}

SegmentPlan plan_segments(std::int64_t frame_count,
                          const ModelCard& card,
                          std::int32_t segment_latents,
                          std::int32_t overlap,
                          std::int32_t block) {
    refuse_impossible(frame_count, card, segment_latents, overlap);
    refuse_broken_blocks(segment_latents, overlap, block);
    const std::int64_t needed = whole_blocks(latents_for(frame_count, card.latents), block);
    const std::int64_t least = whole_blocks(card.window.latent_frames_min, block);
    SegmentPlan plan;
    plan.frame_count = frame_count;
    const auto first_count =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(needed, least, segment_latents));
    plan.segments.push_back({.latent_first = 0, .latent_count = first_count});

    const std::int32_t step = segment_latents - overlap;
    while (plan.segments.back().latent_end() < needed) {
        const Segment& before = plan.segments.back();
        Segment next{.latent_first = before.latent_end() - overlap,
                     .latent_count = segment_latents,
                     .history = overlap};
        if (before.latent_end() + step > needed) {
            next = last_segment(before, needed, segment_latents);
        }
        next.frame_first = first_frame_of(next.latent_first + next.history, card.latents);
        plan.segments.push_back(next);
    }
    plan.latent_count = plan.segments.back().latent_end();
    NIGHTREEL_CHECK(plan.latent_count >= needed, "segments cover the take");
    return plan;
}

SegmentPlan plan_clips(std::int64_t frame_count,
                       const ModelCard& card,
                       std::int32_t segment_latents,
                       std::int32_t block) {
    refuse_impossible(1, card, segment_latents, 0);
    refuse_broken_blocks(segment_latents, 0, block);
    const std::int64_t most =
        1 + (segment_latents - 1) * std::int64_t{card.latents.frames_per_latent};
    const std::int64_t clips = (frame_count + most - 1) / most;
    const std::int64_t share = (frame_count + clips - 1) / clips;
    const std::int64_t least = whole_blocks(card.window.latent_frames_min, block);
    const auto count = static_cast<std::int32_t>(
        std::max(whole_blocks(latents_for(share, card.latents), block), least));
    const std::int64_t frames = 1 + (count - 1) * std::int64_t{card.latents.frames_per_latent};
    SegmentPlan plan;
    plan.frame_count = frame_count;
    for (std::int64_t first = 0; first < frame_count; first += frames) {
        plan.segments.push_back(
            {.latent_first = plan.latent_count, .latent_count = count, .frame_first = first});
        plan.latent_count += count;
    }
    return plan;
}

SegmentPlan plan_streams(std::int64_t frame_count,
                         const ModelCard& card,
                         std::int32_t segment_latents,
                         std::int32_t overlap) {
    refuse_impossible(frame_count, card, segment_latents, overlap);
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t window = frames_of_segment(segment_latents, card);
    if (frame_count <= window) {
        const std::int64_t needed = latents_for(frame_count, card.latents);
        const auto least = std::int64_t{card.window.latent_frames_min};
        return one_segment(frame_count, static_cast<std::int32_t>(std::max(needed, least)));
    }
    const std::int64_t shared = frames_of_segment(overlap, card);
    const bool keeps_frames = continuation_of(card) == Continuation::frames;
    SegmentPlan plan = one_segment(frame_count, segment_latents);
    for (std::int64_t known = window; known < frame_count;) {
        std::int64_t added = window - shared;
        if (keeps_frames && known + added > frame_count) {
            added = (frame_count - known + stride - 1) / stride * stride;
        }
        plan.segments.push_back({.latent_first = plan.latent_count,
                                 .latent_count = segment_latents,
                                 .frame_first = known,
                                 .shared_frames = static_cast<std::int32_t>(window - added)});
        plan.latent_count += segment_latents;
        known += added;
    }
    return plan;
}

SegmentPlan plan_gaps(std::int64_t frame_count,
                      const ModelCard& card,
                      std::vector<std::int64_t> picture_frames) {
    if (picture_frames.empty() || picture_frames.front() != 0) {
        refuse("a take of gaps between pictures begins with one");
    }
    if (picture_frames.back() != frame_count - 1) picture_frames.push_back(frame_count - 1);
    SegmentPlan plan;
    plan.frame_count = frame_count;
    for (std::size_t index = 1; index < picture_frames.size(); ++index) {
        const std::int64_t first = picture_frames[index - 1];
        const std::int64_t frames = picture_frames[index] - first + 1;
        const std::int64_t latents = std::max<std::int64_t>(latents_for(frames, card.latents),
                                                            card.window.latent_frames_min);
        if (frames < 2 || latents > card.window.latent_frames_max) {
            refuse(fmt::format("a gap of {} frames between two pictures: model {} makes up to {}",
                               frames,
                               card.name,
                               frames_of_segment(card.window.latent_frames_max, card)));
        }
        Segment segment{.latent_first = plan.latent_count,
                        .latent_count = static_cast<std::int32_t>(latents)};
        if (index > 1) {
            segment.frame_first = first + 1;
            segment.shared_frames = 1;
        }
        plan.segments.push_back(segment);
        plan.latent_count += latents;
    }
    return plan;
}

SegmentPlan plan_windows(std::int64_t frame_count,
                         const ModelCard& card,
                         const WindowSettings& windows) {
    refuse_impossible(1, card, windows.latent_count, windows.overlap);
    if (frame_count < 1 || frame_count > take_frames_max) {
        refuse(fmt::format(
            "{} frames: a take must have 1 to {} frames", frame_count, take_frames_max));
    }
    const std::int64_t needed = latents_for(frame_count, card.latents);
    SegmentPlan plan = one_segment(
        frame_count,
        static_cast<std::int32_t>(std::max<std::int64_t>(needed, card.window.latent_frames_min)));
    if (place_windows(plan.latent_count, windows).size() > 1) plan.windows = windows;
    return plan;
}

std::vector<std::int64_t> joints_of(const SegmentPlan& plan,
                                    std::int64_t first_frame_number,
                                    const ModelLatents& latents) {
    std::vector<std::int64_t> joints;
    for (std::size_t index = 1; index < plan.segments.size(); ++index) {
        const Segment& segment = plan.segments[index];
        if (segment.history == 0 && !segment.shared_frames) continue;
        joints.push_back(first_frame_number + segment.frame_first);
    }
    if (!plan.windows) return joints;
    const std::vector<LatentWindow> windows = place_windows(plan.latent_count, *plan.windows);
    for (std::size_t index = 1; index < windows.size(); ++index) {
        const std::int64_t middle = (windows[index].own_first() + windows[index - 1].end()) / 2;
        const std::int64_t joint = first_frame_of(middle, latents);
        if (joint < plan.frame_count) joints.push_back(first_frame_number + joint);
    }
    return joints;
}

std::vector<std::int64_t> cuts_of(const SegmentPlan& plan, std::int64_t first_frame_number) {
    std::vector<std::int64_t> cuts;
    for (std::size_t index = 1; index < plan.segments.size(); ++index) {
        const Segment& segment = plan.segments[index];
        if (segment.history > 0 || segment.shared_frames) continue;
        cuts.push_back(first_frame_number + segment.frame_first);
    }
    return cuts;
}

}  // namespace nightreel
