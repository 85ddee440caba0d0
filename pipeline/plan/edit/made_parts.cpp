#include "pipeline/plan/edit/made_parts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/card/legal_values.h"

namespace nightreel {
namespace {

// Of one stream of the model.
class StreamPlanner {
  public:
    StreamPlanner(const ResolvedShot& shot, const ModelCard& card)
        : shot_(shot),
          card_(card),
          stride_(card.latents.frames_per_latent),
          overlap_(std::max(1, shot.overlap_latents)) {}

    MadePart plan(std::int64_t count, const KnownFrames& known) const {
        std::int64_t front = known.before > 0 ? front_latents(known.before) : 0;
        std::int64_t back = known.after > 0 ? back_latents(known.after) : 0;
        if (front > 0 && back > 0) {
            if (count % stride_ != 0) refuse(count, "is no multiple of a latent frame's frames");
            // A short gap is given more of what is beside it.
            const std::int64_t least = card_.window.latent_frames_min - count / stride_;
            front = std::min(std::max(front, least - back), 1 + (known.before - 1) / stride_);
            back = std::min(std::max(back, least - front), known.after / stride_);
        }
        MadePart part{.count = count};
        if (front > 0) part.before = static_cast<std::int32_t>(1 + (front - 1) * stride_);
        part.after = static_cast<std::int32_t>(back * stride_);
        if (back == 0) {
            part.skipped = part.before;
            part.stream = segments(part.before + count, shot_.segment_latents);
            return part;
        }
        std::int64_t made = front > 0 ? count / stride_ : latents_for(count, card_.latents);
        if (front == 0) made = std::max(made, card_.window.latent_frames_min - back);
        const std::int64_t own = front > 0 ? made * stride_ : 1 + (made - 1) * stride_;
        part.skipped = front > 0 ? part.before : own - count;
        part.stream = with_end(front + made + back, back);
        return part;
    }

    // Frames before a clip that one window makes.
    std::int64_t most_before(std::int64_t after) const {
        const std::int64_t made = card_.window.latent_frames_max - back_latents(after);
        if (made < 1) refuse(after, "fill a window of the model");
        return 1 + (made - 1) * stride_;
    }

  private:
    [[noreturn]] static void refuse(std::int64_t frames, const std::string& why) {
        throw Error(ErrorKind::bad_input, fmt::format("{} frames: {}", frames, why));
    }

    std::int64_t front_latents(std::int64_t frames) const {
        return 1 + std::min<std::int64_t>(overlap_, (frames - 1) / stride_);
    }

    std::int64_t back_latents(std::int64_t frames) const {
        const std::int64_t latents = std::min<std::int64_t>(overlap_, frames / stride_);
        if (latents < 1) refuse(frames, "too few to be kept behind new ones");
        return latents;
    }

    SegmentPlan segments(std::int64_t frames, std::int32_t window) const {
        return plan_segments(frames, card_, window, std::min(overlap_, window - 1));
    }

    // The last segment has to hold all that is known at its end, and something new before it. Those
    // before it are about equally long.
    SegmentPlan with_end(std::int64_t latents, std::int64_t back) const {
        const std::int64_t frames = 1 + (latents - 1) * stride_;
        const ModelWindow& window = card_.window;
        if (latents < window.latent_frames_min) {
            refuse(frames, "with what is kept less than the shortest window of the model");
        }
        if (latents <= window.latent_frames_max) {
            return segments(frames, static_cast<std::int32_t>(latents));
        }
        const std::int64_t overlap = std::min(overlap_, window.latent_frames_max - 1);
        const std::int64_t shortest = std::max<std::int64_t>(window.latent_frames_min, overlap + 1);
        const std::int64_t longest = window.latent_frames_max;
        const std::int64_t last_min = std::max(shortest, overlap + back + 1);
        for (std::int64_t others = 1; others < latents; ++others) {
            for (std::int64_t last = longest; last >= last_min; --last) {
                const std::int64_t all = latents - last + others * overlap;
                if (all < others * shortest || all > others * longest) continue;
                return of_lengths(frames, all, others, last, overlap);
            }
        }
        refuse(frames, "no lengths of segments leave the last one room for what is kept");
    }

    // `others` segments of `all` latent frames together, and the last one.
    SegmentPlan of_lengths(std::int64_t frames,
                           std::int64_t all,
                           std::int64_t others,
                           std::int64_t last,
                           std::int64_t overlap) const {
        SegmentPlan plan{.frame_count = frames};
        for (std::int64_t index = 0; index <= others; ++index) {
            const std::int64_t longer = index < all % others ? 1 : 0;
            const std::int64_t count = index == others ? last : all / others + longer;
            Segment segment{.latent_count = static_cast<std::int32_t>(count)};
            if (index > 0) {
                segment.history = static_cast<std::int32_t>(overlap);
                segment.latent_first = plan.latent_count - overlap;
                segment.frame_first = first_frame_of(segment.latent_first + overlap, card_.latents);
            }
            plan.segments.push_back(segment);
            plan.latent_count = segment.latent_end();
        }
        return plan;
    }

    const ResolvedShot& shot_;
    const ModelCard& card_;
    std::int64_t stride_;
    std::int32_t overlap_;
};

}  // namespace

std::vector<MadePart> plan_made_parts(const ResolvedShot& shot,
                                      const ModelCard& card,
                                      std::int64_t count,
                                      const KnownFrames& known) {
    const StreamPlanner planner(shot, card);
    if (known.before > 0 || known.after == 0) return {planner.plan(count, known)};
    std::vector<MadePart> parts;
    for (std::int64_t after = known.after, left = count; left > 0;) {
        std::int64_t made = std::min(left, planner.most_before(after));
        // What is left begins the take and has at least the frames that are given of it.
        const std::int64_t least = card.latents.frames_per_latent;
        if (left > made && left - made < least) made -= least;
        parts.insert(parts.begin(), planner.plan(made, {.after = after}));
        left -= made;
        after = made;
    }
    return parts;
}

bool has_parts(const ResolvedShot& shot) {
    if (shot.edit) return keeps_whole_frames(*shot.edit);
    return shot.strategy == Strategy::anchors && shot.keys.empty();
}

std::vector<EditPart> parts_of(const ResolvedShot& shot, const ModelCard& card) {
    if (shot.edit) return shot.edit->parts;
    const std::int64_t frames = shot.frames.count();
    const std::int64_t longest = frames_of_segment(shot.segment_latents, card);
    if (frames <= longest) return {{.count = frames}};
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t given = 1 + 2 * std::int64_t{shot.overlap_latents};
    std::int64_t gap = (card.window.latent_frames_max - given) * stride;
    if (gap < stride) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("a gap between two clips of {} leaves no room for new frames: "
                                "make `overlap` shorter",
                                card.name));
    }
    const std::int64_t period = longest + gap;
    const std::int64_t gaps = (frames - longest + period - 1) / period;
    // Of a short take the clips are shorter, and the gaps no longer than what they leave.
    const std::int64_t left = (frames - (gaps + 1) * stride) / gaps;
    gap = std::clamp(left / stride * stride, stride, gap);
    const std::int64_t in_clips = frames - gaps * gap;
    std::vector<EditPart> parts;
    for (std::int64_t clip = 0; clip <= gaps; ++clip) {
        const std::int64_t longer = clip < in_clips % (gaps + 1) ? 1 : 0;
        parts.push_back({.count = in_clips / (gaps + 1) + longer});
        if (clip < gaps) parts.push_back({.count = gap});
    }
    return parts;
}

PartsBeside parts_beside(const ResolvedShot& shot,
                         const std::vector<EditPart>& parts,
                         std::size_t part) {
    if (!shot.edit) {
        const bool is_gap = part % 2 == 1;
        return is_gap ? PartsBeside{part - 1, part + 1} : PartsBeside{};
    }
    // The way back of a loop begins at the end of what was made before it and ends at its start.
    if (shot.edit->verb == EditVerb::loop) {
        return part == 1 ? PartsBeside{0, 0} : PartsBeside{};
    }
    PartsBeside beside;
    if (part > 0 && parts[part - 1].clip) beside.before = part - 1;
    if (part + 1 < parts.size() && parts[part + 1].clip) beside.after = part + 1;
    return beside;
}

KnownFrames known_beside(const ResolvedShot& shot,
                         const std::vector<EditPart>& parts,
                         std::size_t part) {
    const PartsBeside beside = parts_beside(shot, parts, part);
    return {beside.before ? parts[*beside.before].count : 0,
            beside.after ? parts[*beside.after].count : 0};
}

SegmentPlan plan_parts(const ResolvedShot& shot, const ModelCard& card) {
    const std::vector<EditPart> parts = parts_of(shot, card);
    SegmentPlan whole{.frame_count = shot.frames.count()};
    std::int64_t first = 0;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const EditPart& part = parts[index];
        if (part.clip) {
            first += part.count;
            continue;
        }
        for (const MadePart& made :
             plan_made_parts(shot, card, part.count, known_beside(shot, parts, index))) {
            for (Segment segment : made.stream.segments) {
                segment.latent_first += whole.latent_count;
                segment.frame_first =
                    first + std::max<std::int64_t>(0, segment.frame_first - made.skipped);
                whole.segments.push_back(segment);
            }
            whole.latent_count += made.stream.latent_count;
            first += made.count;
        }
    }
    return whole;
}

}  // namespace nightreel
