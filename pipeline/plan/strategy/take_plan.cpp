#include "pipeline/plan/strategy/take_plan.h"

#include "pipeline/plan/edit/made_parts.h"
#include "shotspec/resolve/keys.h"

namespace nightreel {

SegmentPlan take_plan(const ResolvedShot& shot, const ModelCard& card) {
    const std::int64_t frames = shot.frames.count();
    const std::int32_t block = shot.sampling.forcing ? shot.sampling.forcing->block : 1;
    if (has_parts(shot)) return plan_parts(shot, card);
    if (shot.cut) return plan_clips(frames, card, shot.segment_latents, block);
    if (shot.strategy == Strategy::windowed) {
        return plan_windows(frames,
                            card,
                            {.latent_count = shot.segment_latents,
                             .overlap = shot.overlap_latents,
                             .free_noise = shot.free_noise.value_or(false),
                             .exchange = shot.exchange});
    }
    if (shot.strategy == Strategy::anchors) {
        return plan_gaps(frames, card, key_frames(shot.keys, frames));
    }
    if (shot.continues) {
        return plan_streams(frames, card, shot.segment_latents, shot.overlap_latents);
    }
    return plan_segments(frames, card, shot.segment_latents, shot.overlap_latents, block);
}

}  // namespace nightreel
