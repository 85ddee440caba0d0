#include "pipeline/plan/edit/blend_tasks.h"

#include <algorithm>
#include <utility>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// Where both clips have the same share.
constexpr double noise_level_max = 0.85;
// Of a segment in which nothing is decided anew: the last step.
constexpr double noise_level_min = 0.001;

std::int64_t leading_frames(const ModelCard& card) {
    return card.latents.frames_per_latent - 1;
}

// Of the clips, which both begin with the take.
std::size_t base_of(double share) {
    return share < 1 ? 0 : 1;
}

FramePart frames_of_clip(const ResolvedShot& shot,
                         const std::vector<Placed>& clips,
                         std::size_t clip,
                         std::int64_t first) {
    const std::int64_t count = shot.edit->clips.at(clip).frames.count();
    return {clips.at(clip).digest, {1, count}, {first + 1, first + 1}};
}

double level_of(double share) {
    return noise_level_max * 4 * share * (1 - share);
}

}  // namespace

AssembleOrder mixture_order(const ResolvedShot& shot,
                            const ModelCard& card,
                            const ModelReference& model,
                            const std::vector<Placed>& clips) {
    const std::vector<CurvePoint>& curve = shot.edit.value().curve.value();
    const std::int64_t lead = leading_frames(card);
    const std::int64_t frames = shot.frames.count();
    AssembleOrder order{.parts = {},
                        .frames = {1, lead + frames},
                        .rate = shot.rate,
                        .model = model,
                        .show = {},
                        .shot = shot.name,
                        .take = 0};
    std::vector<FrameMixture> mixed;
    for (std::int64_t number = 0; number < lead + frames; ++number) {
        const std::int64_t frame = std::max<std::int64_t>(0, number - lead);
        const double share = share_at(curve, frame);
        const FramePart own = frames_of_clip(shot, clips, base_of(share), frame);
        const bool continues = !order.parts.empty() &&
                               order.parts.back().artifact == own.artifact &&
                               order.parts.back().used.last + 1 == own.used.first;
        if (continues) {
            order.parts.back().used.last = own.used.last;
        } else {
            order.parts.push_back(own);
        }
        if (share <= 0 || share >= 1) continue;
        const FramePart other = frames_of_clip(shot, clips, 1, frame);
        const bool grows = !mixed.empty() && mixed.back().frames.used.last + 1 == other.used.first;
        if (grows) {
            mixed.back().frames.used.last = other.used.last;
        } else {
            mixed.push_back({.first = number, .frames = other, .shares = {}});
        }
        mixed.back().shares.push_back(share);
    }
    order.mixed = std::move(mixed);
    return order;
}

SegmentStart start_from_mixture(const ResolvedShot& shot,
                                const ModelCard& card,
                                const Segment& segment,
                                std::int64_t stream_first,
                                const Digest& mixture) {
    constexpr std::int64_t warm_up_max = 13;
    const std::vector<CurvePoint>& curve = shot.edit.value().curve.value();
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t lead = leading_frames(card);
    const std::int64_t frames = shot.frames.count();
    NIGHTREEL_CHECK(stream_first + lead >= 0, "the mixture has the first frame of each stream");
    SegmentStart start{.frames = {mixture, {1, lead + frames}, {}}, .noise_level = noise_level_min};
    std::vector<double> levels;
    for (std::int64_t latent = segment.latent_first; latent < segment.latent_end(); ++latent) {
        const std::int64_t end = 1 + latent * stride;
        double level = 0;
        for (std::int64_t frame = first_frame_of(latent, card.latents); frame < end; ++frame) {
            const std::int64_t of_take =
                std::clamp<std::int64_t>(stream_first + frame, 0, frames - 1);
            level = std::max(level, level_of(share_at(curve, of_take)));
        }
        levels.push_back(level);
        start.noise_level = std::max(start.noise_level, level);
    }
    const std::int64_t first = first_frame_of(segment.latent_first, card.latents);
    const std::int64_t warm_up = std::min(first, warm_up_max);
    const std::int64_t begin = lead + stream_first;
    const std::int64_t end = begin + 1 + (segment.latent_end() - 1) * stride;
    start.frames.used = {begin + first - warm_up + 1, std::min(end, lead + frames)};
    start.warm_up = static_cast<std::int32_t>(warm_up);
    start.levels = std::move(levels);
    return start;
}

}  // namespace nightreel
