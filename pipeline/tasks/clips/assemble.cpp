#include <fmt/format.h>

#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/clips/shown_clip.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {
namespace {

ExrHeader header_of(const AssembleOrder& order) {
    return {.compression = ExrCompression::piz,
            .space = WorkingSpace::rec709,
            .rate = order.rate,
            .frame = order.frames.first,
            .strings = {{"nightreel/show", order.show},
                        {"nightreel/shot", order.shot},
                        {"nightreel/take", fmt::format("{}", order.take)},
                        {"nightreel/model", order.model.name},
                        {"nightreel/modelDigest", order.model.digest.hex()}}};
}

void refuse_other_length(const AssembleOrder& order) {
    std::int64_t frames = 0;
    for (const FramePart& part : order.parts) frames += part.used.count();
    if (frames == order.frames.count()) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("the parts have {} frames, expected {}", frames, order.frames.count()));
}

}  // namespace

TaskWork run_assemble(const AssembleOrder& order, const TaskContext& context) {
    refuse_other_length(order);
    const Millis begin = context.clock.steady();
    const std::int64_t count = order.frames.count();
    ExrSequence written(
        context.staging, frame_pattern(frames_name, order.frames), header_of(order));
    std::optional<ShownClip> over;
    std::int64_t done = 0;
    for (const FramePart& part : order.parts) {
        const std::string pattern = frame_pattern(frames_name, part.all);
        for (std::int64_t number = part.used.first; number <= part.used.last; ++number) {
            // Halves become floats and the same halves again.
            FrameRgb scene =
                context.inputs.read(part.artifact, [&](const std::filesystem::path& folder) {
                    return read_exr(folder / frame_file_name(pattern, number)).scene;
                });
            if (order.over) {
                if (!over)
                    over.emplace(*order.over, PictureSize{scene.width, scene.height}, context);
                scene = over->over(done, scene);
            }
            written.add(order.frames.first + done, scene);
            ++done;
            context.step(static_cast<double>(done) / static_cast<double>(count),
                         fmt::format("frame {} of {}", done, count));
        }
    }
    Checksums digests;
    for (const WrittenFrame& frame : written.finish()) digests[frame.name] = frame.digest;
    write_checksums(context.staging, digests);
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts["frames"] = count;
    work.facts["parts"] = order.parts.size();
    return work;
}

}  // namespace nightreel
