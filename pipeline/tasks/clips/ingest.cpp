#include <utility>

#include <fmt/format.h>

#include "pipeline/picture/canvas.h"
#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/picture/movie_reader.h"
#include "pipeline/picture/picture.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/night/picture_file.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", path, why));
}

// Its bytes are a part of the result's name.
void refuse_changed(const ClipFile& file, const TaskContext& context) {
    const Digest digest = digest_of_file(file.path, [&](double share) { context.alive(share); });
    if (digest == file.digest) return;
    refuse(file.path, "has changed since the night was planned: submit the night again");
}

// Frames of a clip, one after the other, as frames of the shot.
class Ingest {
  public:
    Ingest(const IngestOrder& order, const TaskContext& context)
        : order_(order),
          context_(context),
          range_{1, order.clip.frames.count()},
          written_(context.staging,
                   frame_pattern(frames_name, range_),
                   {.space = WorkingSpace::rec709, .rate = order.clip.rate, .frame = 1}) {}

    std::vector<WrittenFrame> run() {
        if (order_.clip.kind == ClipKind::movie) {
            read_movie();
        } else {
            read_files();
        }
        return written_.finish();
    }

  private:
    void add(const std::string& path, std::int64_t index, FrameRgb scene) {
        const PictureSize size{scene.width, scene.height};
        if (size != order_.clip.size) {
            refuse(path,
                   fmt::format("frame {} has {}x{} pixels, but its clip has {}x{}",
                               order_.clip.frames.first + index,
                               size.width,
                               size.height,
                               order_.clip.size.width,
                               order_.clip.size.height));
        }
        const std::string problem = frame_size_problem(size, order_.size);
        if (!problem.empty()) refuse(path, problem);
        if (size != order_.size) scene = shrunk(scene, order_.size.width, order_.size.height);
        written_.add(1 + index, scene);
        context_.step(static_cast<double>(index + 1) / static_cast<double>(range_.count()),
                      fmt::format("frame {} of {}", index + 1, range_.count()));
    }

    void read_files() {
        const auto& files = order_.clip.files;
        if (static_cast<std::int64_t>(files.size()) != range_.count()) {
            refuse(order_.clip.name, "a clip of files has one for each frame");
        }
        for (std::int64_t index = 0; index < range_.count(); ++index) {
            const ClipFile& file = files[static_cast<std::size_t>(index)];
            refuse_changed(file, context_);
            add(file.path, index, read_scene_picture(file.path));
        }
    }

    void read_movie() {
        if (order_.clip.files.size() != 1) refuse(order_.clip.name, "a movie is one file");
        const ClipFile& file = order_.clip.files.front();
        refuse_changed(file, context_);
        MovieReader movie(file.path);
        for (std::int64_t number = 1; number <= order_.clip.frames.last; ++number) {
            std::optional<FrameRgb> frame = movie.next();
            if (!frame) {
                refuse(file.path,
                       fmt::format("ends after frame {} of {}; export it again",
                                   number - 1,
                                   order_.clip.frames.last));
            }
            if (number < order_.clip.frames.first) {
                context_.alive();
                continue;
            }
            add(file.path,
                number - order_.clip.frames.first,
                display_to_scene(std::move(*frame), TransferCurve::srgb, WorkingSpace::rec709));
        }
    }

    const IngestOrder& order_;
    const TaskContext& context_;
    FrameRange range_;
    ExrSequence written_;
};

}  // namespace

TaskWork run_ingest(const IngestOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    context.step(0, "reading the clip");
    const std::vector<WrittenFrame> frames = Ingest(order, context).run();
    Checksums digests;
    for (const WrittenFrame& frame : frames) digests[frame.name] = frame.digest;
    write_checksums(context.staging, digests);
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts["frames"] = frames.size();
    work.facts["kind"] = std::string(word_of(order.clip.kind));
    return work;
}

}  // namespace nightreel
