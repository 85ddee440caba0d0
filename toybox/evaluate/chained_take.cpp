#include "toybox/evaluate/chained_take.h"

#include <vector>

#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::int32_t overlap_latents = 2;
constexpr std::size_t segment_step = frames_per_latent * (window_latents - overlap_latents);

}  // namespace

ChainedTake make_chained_take(ClipMaker& maker, ClipOrder order, const Actor& actor, int segments) {
    order.sheet = maker.encode_sheet(render_sheet(actor));
    std::vector<LatentClip> parts;
    for (int segment = 0; segment < segments; ++segment) {
        const LatentClip window = maker.sample(order);
        parts.push_back(slice(window, order.history.frames, window_latents - order.history.frames));
        order.history = slice(window, window_latents - overlap_latents, overlap_latents);
        order.first_latent += window_latents - overlap_latents;
    }
    ChainedTake made{.stream = maker.decode(join(parts)),
                     .take = {.frames = {}, .joints = {}, .actor = actor}};
    for (std::size_t joint = window_frames; joint < made.stream.size(); joint += segment_step) {
        made.take.joints.push_back(static_cast<std::int64_t>(joint));
    }
    for (const Frame& frame : made.stream) made.take.frames.push_back(display_of(frame));
    return made;
}

bool shows(const Clip& stream,
           const Facts& facts,
           std::span<const Attribute> asked,
           const Detector& detector) {
    for (std::size_t end = window_frames; end <= stream.size(); end += segment_step) {
        const Judgement seen = judge(
            detector.detect(std::span(stream).subspan(end - window_frames, window_frames)), facts);
        for (const Attribute attribute : asked) {
            if (seen.of(attribute).right != seen.of(attribute).asked) return false;
        }
    }
    return true;
}

}  // namespace nightreel::toybox
