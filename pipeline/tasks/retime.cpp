#include <array>
#include <utility>

#include <fmt/format.h>

#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/exr_headers.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {
namespace {

ExrHeader header_of(const RetimeOrder& order) {
    return header_of(FrameFacts{.show = order.show,
                                .shot = order.shot,
                                .take = order.take,
                                .model = order.model_name,
                                .model_digest = order.model_digest,
                                .rate = order.change.delivered,
                                .first = order.frames.first,
                                .exr = order.exr});
}

// The model's frames, of which the last two that were asked for are kept.
class MadeFrames {
  public:
    MadeFrames(const RetimeOrder& order, const TaskContext& context)
        : frames_(order.frames_artifact, order.made, context), first_(order.made.first) {}

    // From 0.
    const FrameRgb& at(std::int64_t index) {
        Kept& kept = kept_[static_cast<std::size_t>(index % 2)];
        if (kept.index != index) kept = {index, frames_.read(first_ + index)};
        return kept.frame;
    }

  private:
    struct Kept {
        std::int64_t index = -1;
        FrameRgb frame;
    };

    SceneFrames frames_;
    std::int64_t first_;
    std::array<Kept, 2> kept_;
};

FrameRgb mixed(const FrameRgb& before, const FrameRgb& after, double share) {
    FrameRgb frame = before;
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        frame.rgb[i] = static_cast<float>((1 - share) * before.rgb[i] + share * after.rgb[i]);
    }
    return frame;
}

}  // namespace

TaskWork run_retime(const RetimeOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    MadeFrames made(order, context);
    ExrSequence frames(context.staging, frame_pattern(frames_name, order.frames), header_of(order));
    const WorkingSpace space = header_of(order).space;
    const std::int64_t count = order.frames.count();
    for (std::int64_t index = 0; index < count; ++index) {
        const FrameSource source = source_of(index, order.change);
        const FrameRgb& first = made.at(source.first);
        if (source.part == 0) {
            frames.add(order.frames.first + index, in_space(first, space));
        } else {
            const double share =
                static_cast<double>(source.part) / static_cast<double>(source.whole);
            frames.add(order.frames.first + index,
                       in_space(mixed(first, made.at(source.first + 1), share), space));
        }
        context.step(static_cast<double>(index + 1) / static_cast<double>(count),
                     fmt::format("frame {} of {}", index + 1, count));
    }
    TaskWork work;
    Checksums digests;
    for (const WrittenFrame& frame : frames.finish()) digests[frame.name] = frame.digest;
    write_checksums(context.staging, digests);
    work.seconds = seconds_since(begin, context.clock);
    work.facts["frames"] = count;
    work.facts["frames_made"] = order.made.count();
    return work;
}

}  // namespace nightreel
