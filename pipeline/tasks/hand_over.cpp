#include <iterator>

#include <fmt/format.h>

#include "pipeline/sample/engine.h"
#include "pipeline/tasks/handed_over.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/latents.h"
#include "pipeline/tasks/segment_stream.h"

namespace nightreel {
namespace {

void refuse_impossible(const HandOverOrder& order) {
    const bool begins_with_given = order.given.has_value();
    if (order.latent_count > 0 && order.frames > 0 && order.shared_frames >= 0 &&
        begins_with_given == (order.shared_frames > 0)) {
        return;
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("hand over {} frames of {} latent frames that begin with {} frames of "
                            "the segment before",
                            order.frames,
                            order.latent_count,
                            order.shared_frames));
}

// The last frames of the segment as they are delivered: those that it begins with are the ones of
// the segment before.
std::vector<FrameRgb> last_frames(const HandOverOrder& order,
                                  const TaskContext& context,
                                  Engine& engine) {
    const LatentGrid grid = engine.latent_grid();
    const LatentSize size = grid.size_of(order.size.width, order.size.height);
    const LatentClip latents =
        context.inputs.read(order.latents, [&](const std::filesystem::path& folder) {
            return read_latents(folder, size, order.latent_count);
        });
    const std::int64_t count = 1 + std::int64_t{latents.frames - 1} * grid.frames_per_latent;
    if (order.frames > count) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("{} frames to hand over, but the segment has {}", order.frames, count));
    }
    std::vector<FrameRgb> given = read_given(order.given, order.shared_frames, context);
    std::vector<FrameRgb> last;
    const std::int64_t first = count - order.frames;
    for (std::int64_t index = first; index < order.shared_frames; ++index) {
        last.push_back(given[static_cast<std::size_t>(index)]);
    }
    TakeDecoder decoder(engine, DecodeIn::float32);
    decode_segment(decoder, latents, order.shared_frames, given, [&](const SegmentFrame& frame) {
        context.step(static_cast<double>(frame.index + 1) / static_cast<double>(count),
                     fmt::format("frame {} of {}", frame.index + 1, count));
        if (frame.index >= first) last.push_back(frame.display);
        return true;
    });
    return last;
}

}  // namespace

TaskWork run_hand_over(const HandOverOrder& order, const TaskContext& context) {
    refuse_impossible(order);
    Engine& engine = context.engine(order.model);
    const Millis begin = context.clock.steady();
    const std::vector<FrameRgb> frames = last_frames(order, context, engine);
    PlainArrays arrays{{"frames", array_of(frames)}};
    const TokenStates seen = engine.read_pictures({&frames.back(), 1});
    if (seen.rows > 0) arrays[picture_features_array] = array_of(seen);
    write_plain_arrays(context.staging / handed_over_file, arrays);
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    work.facts["frames"] = frames.size();
    work.facts["latent_frames"] = order.latent_count;
    return work;
}

}  // namespace nightreel
