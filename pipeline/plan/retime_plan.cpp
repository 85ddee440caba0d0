#include "pipeline/plan/retime_plan.h"

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {

RetimeOrder retime_order(const ResolvedShot& shot,
                         const TakeFacts& take,
                         const ModelReference& model,
                         const Digest& frames) {
    NIGHTREEL_CHECK(shot.delivered && shot.rate_change, "the shot is retimed");
    return {.frames_artifact = frames,
            .made = shot.frames,
            .frames = *shot.delivered,
            .change = *shot.rate_change,
            .show = take.show,
            .shot = shot.name,
            .take = take.take,
            .model_name = model.name,
            .model_digest = model.digest,
            .exr = shot.exr};
}

std::vector<std::int64_t> delivered_joints(const ResolvedShot& shot,
                                           std::vector<std::int64_t> joints) {
    if (!shot.delivered || !shot.rate_change) return joints;
    for (std::int64_t& joint : joints) {
        joint = shot.delivered->first + first_showing(joint - shot.frames.first, *shot.rate_change);
    }
    return joints;
}

std::string rate_text(const ResolvedShot& shot) {
    if (!shot.rate_change) return {};
    const RateChange& change = *shot.rate_change;
    return fmt::format("{} frames a second from {} of the model, {}: {} frames from {}",
                       TextForm<FrameRate>::write(change.delivered),
                       TextForm<FrameRate>::write(change.made),
                       word_of(change.conversion),
                       delivered_frames(shot).count(),
                       shot.frames.count());
}

}  // namespace nightreel
