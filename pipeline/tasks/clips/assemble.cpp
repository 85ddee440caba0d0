#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pipeline/picture/colour/transfer.h"
#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/clips/shown_clip.h"
#include "pipeline/tasks/exr_headers.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {
namespace {

ExrHeader header_of(const AssembleOrder& order) {
    return header_of(FrameFacts{.show = order.show,
                                .shot = order.shot,
                                .take = order.take,
                                .model = order.model.name,
                                .model_digest = order.model.digest,
                                .rate = order.rate,
                                .first = order.frames.first,
                                .exr = order.exr});
}

// Of the frames of a take that are cross-faded with others.
class MixedFrames {
  public:
    MixedFrames(const AssembleOrder& order, const TaskContext& context) {
        if (!order.mixed) return;
        for (const FrameMixture& mixture : *order.mixed) {
            if (std::ssize(mixture.shares) != mixture.frames.used.count()) {
                throw Error(ErrorKind::bad_input,
                            fmt::format("{} shares are given of {} frames",
                                        mixture.shares.size(),
                                        mixture.frames.used.count()));
            }
            sources_.push_back(
                {mixture, DisplayFrames(mixture.frames.artifact, mixture.frames.all, context)});
        }
    }

    // Scene-linear both; `index` is counted from 0.
    FrameRgb mixed(std::int64_t index, FrameRgb scene) const {
        for (const Source& source : sources_) {
            const std::int64_t place = index - source.mixture.first;
            if (place < 0 || place >= std::ssize(source.mixture.shares)) continue;
            const FrameRgb other = source.frames.read(source.mixture.frames.used.first + place);
            if (other.width != scene.width || other.height != scene.height) {
                throw Error(ErrorKind::bad_input,
                            fmt::format("frames of {}x{} and {}x{} pixels cannot be mixed",
                                        scene.width,
                                        scene.height,
                                        other.width,
                                        other.height));
            }
            const auto share =
                static_cast<float>(source.mixture.shares[static_cast<std::size_t>(place)]);
            for (std::size_t i = 0; i < scene.rgb.size(); ++i) {
                const float own = linear_to_srgb(scene.rgb[i]);
                scene.rgb[i] = srgb_to_linear(own + share * (other.rgb[i] - own));
            }
        }
        return scene;
    }

  private:
    struct Source {
        const FrameMixture& mixture;
        DisplayFrames frames;
    };

    std::vector<Source> sources_;
};

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
    const WorkingSpace space = header_of(order).space;
    std::optional<ShownClip> over;
    const MixedFrames mixture(order, context);
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
            scene = mixture.mixed(done, std::move(scene));
            written.add(order.frames.first + done, in_space(std::move(scene), space));
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
