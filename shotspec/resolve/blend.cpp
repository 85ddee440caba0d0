#include "shotspec/resolve/blend.h"

namespace nightreel {
namespace {

enum class FrameUse { a, b, made };

FrameUse use_of(double share) {
    if (share <= 0) return FrameUse::a;
    return share >= 1 ? FrameUse::b : FrameUse::made;
}

std::vector<FrameUse> uses_of(const std::vector<CurvePoint>& curve, const BlendClips& clips) {
    std::vector<FrameUse> uses;
    for (std::int64_t frame = 0;; ++frame) {
        const FrameUse use = use_of(share_at(curve, frame));
        if (use != FrameUse::b && frame >= clips.a) return uses;
        if (use != FrameUse::a && frame >= clips.b) return uses;
        uses.push_back(use);
    }
}

// Consecutive frames of one use.
struct UseRun {
    FrameUse use = FrameUse::made;
    std::size_t first = 0;
    std::size_t end = 0;

    std::size_t count() const { return end - first; }
};

std::vector<UseRun> runs_of(const std::vector<FrameUse>& uses) {
    std::vector<UseRun> runs;
    for (std::size_t frame = 0; frame < uses.size(); ++frame) {
        if (runs.empty() || runs.back().use != uses[frame]) {
            runs.push_back({uses[frame], frame, frame});
        }
        runs.back().end = frame + 1;
    }
    return runs;
}

// A decoder needs some frames to leave what it has seen: of each kept run that follows a made one
// a latent frame is made as well, if there are enough of them.
void add_settling_frames(std::vector<FrameUse>& uses, std::size_t stride) {
    const std::vector<UseRun> runs = runs_of(uses);
    for (std::size_t index = 1; index < runs.size(); ++index) {
        if (runs[index - 1].use != FrameUse::made || runs[index].count() < 2 * stride) continue;
        for (std::size_t frame = 0; frame < stride; ++frame) {
            uses[runs[index].first + frame] = FrameUse::made;
        }
    }
}

// Lengthens the first made run that no stream can have, or makes a kept one that is too short to be
// given behind it. False when all are right.
bool mend_a_run(std::vector<FrameUse>& uses, std::size_t stride) {
    const std::vector<UseRun> runs = runs_of(uses);
    for (std::size_t index = 0; index + 1 < runs.size(); ++index) {
        if (runs[index].use != FrameUse::made) continue;
        const UseRun& behind = runs[index + 1];
        const bool is_long_enough = behind.count() >= stride;
        if (is_long_enough && runs[index].count() % stride == (index > 0 ? 0U : 1U)) continue;
        const std::size_t end = is_long_enough ? behind.first + 1 : behind.end;
        for (std::size_t frame = behind.first; frame < end; ++frame) uses[frame] = FrameUse::made;
        return true;
    }
    return false;
}

}  // namespace

BlendParts parts_of_blend(const std::vector<CurvePoint>& curve,
                          const BlendClips& clips,
                          std::int64_t stride) {
    std::vector<FrameUse> uses = uses_of(curve, clips);
    BlendParts blend{.parts = {}, .frames = static_cast<std::int64_t>(uses.size()), .problem = {}};
    add_settling_frames(uses, static_cast<std::size_t>(stride));
    while (mend_a_run(uses, static_cast<std::size_t>(stride))) {
    }
    bool is_mixed = false;
    for (const UseRun& run : runs_of(uses)) {
        const auto first = static_cast<std::int64_t>(run.first);
        const auto count = static_cast<std::int64_t>(run.count());
        if (run.use == FrameUse::made) {
            is_mixed = true;
            blend.parts.push_back({.count = count});
        } else {
            blend.parts.push_back({run.use == FrameUse::b ? 1 : 0, first, count});
        }
    }
    if (!is_mixed) blend.problem = "no frame of the take has a share between 0 and 1";
    return blend;
}

}  // namespace nightreel
