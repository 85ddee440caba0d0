#include <memory>

#include <fmt/format.h>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/sample/engine.h"
#include "pipeline/stitch/take_decoder.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/exr_headers.h"
#include "pipeline/tasks/handed_over.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/latents.h"
#include "pipeline/tasks/segment_stream.h"

namespace nightreel {
namespace {

ExrHeader header_of(const DecodeOrder& order) {
    return header_of(FrameFacts{.show = order.show,
                                .shot = order.shot,
                                .take = order.take,
                                .model = order.model.name,
                                .model_digest = order.model.digest,
                                .rate = order.rate,
                                .first = order.frames.first,
                                .exr = order.exr});
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::bad_input, why);
}

// The first latent of a clip decodes to one frame; inside a stream it would be taken for four, and
// smear the frames after it. So without clips only the first segment has no history, and of clips
// none has any.
void refuse_gaps(const DecodeOrder& order) {
    const bool are_clips = order.clips.value_or(false);
    std::int64_t known = 0;
    for (const SegmentPiece& piece : order.pieces) {
        const bool joins = piece.latent_first + piece.history == known;
        if (!joins || piece.history < 0 || piece.history >= piece.latent_count) {
            refuse(
                fmt::format("a segment of {} latent frames starts at {} with a history of {}, "
                            "but the previous segments end at {}",
                            piece.latent_count,
                            piece.latent_first,
                            piece.history,
                            known));
        }
        const bool begins_a_clip = piece.history == 0 && known > 0;
        if (begins_a_clip != (are_clips && known > 0)) {
            refuse(fmt::format("the segment at latent frame {} {}",
                               piece.latent_first,
                               begins_a_clip ? "continues nothing, but is not a separate clip"
                                             : "has a history, but is a separate clip"));
        }
        const bool shares_frames = piece.shared_frames.value_or(0) > 0;
        if ((piece.given && !shares_frames) || (shares_frames && !begins_a_clip)) {
            refuse(
                fmt::format("the segment at latent frame {} shares {} frames with the one "
                            "before, which is not possible here",
                            piece.latent_first,
                            piece.shared_frames.value_or(0)));
        }
        known = piece.latent_first + piece.latent_count;
    }
}

// Latents of the pieces in, frames on disk out; holds one piece and a few frames at a time.
class TakeWriter {
  public:
    TakeWriter(const DecodeOrder& order, const TaskContext& context, Engine& engine)
        : order_(order),
          context_(context),
          size_(engine.latent_grid().size_of(order.size.width, order.size.height)),
          engine_(engine),
          decoder_(std::make_unique<TakeDecoder>(engine)),
          space_(header_of(order).space),
          frames_(context.staging, frame_pattern(frames_name, order.frames), header_of(order)) {}

    std::vector<WrittenFrame> write() {
        for (const SegmentPiece& piece : order_.pieces) {
            if (order_.clips.value_or(false)) begin_clip();
            write_piece(piece);
        }
        if (!is_done()) {
            refuse(fmt::format(
                "the latents contain {} frames, expected {}", frames_made_, order_.frames.count()));
        }
        return frames_.finish();
    }

  private:
    void begin_clip() { decoder_ = std::make_unique<TakeDecoder>(engine_); }

    bool is_done() const { return frames_made_ >= order_.frames.count(); }

    void write_piece(const SegmentPiece& piece) {
        if (is_done()) return;
        const LatentClip latents =
            context_.inputs.read(piece.latents, [&](const std::filesystem::path& folder) {
                return read_latents(folder, size_, piece.latent_count);
            });
        const std::vector<FrameRgb> given =
            read_given(piece.given, piece.shared_frames.value_or(0), context_);
        const LatentClip own = slice(latents, piece.history, latents.frames - piece.history);
        decode_segment(
            *decoder_, own, piece.shared_frames.value_or(0), given, [&](const SegmentFrame& frame) {
                if (skipped_ < order_.skipped.value_or(0)) {
                    ++skipped_;
                } else {
                    write_frame(frames_made_++, frame.display);
                }
                return !is_done();
            });
    }

    void write_frame(std::int64_t index, const FrameRgb& display) {
        const std::int64_t count = order_.frames.count();
        frames_.add(order_.frames.first + index,
                    display_to_scene(display, TransferCurve::srgb, space_));
        context_.step(static_cast<double>(index + 1) / static_cast<double>(count),
                      fmt::format("frame {} of {}", index + 1, count));
    }

    const DecodeOrder& order_;
    const TaskContext& context_;
    LatentSize size_;
    Engine& engine_;
    std::unique_ptr<TakeDecoder> decoder_;
    std::int64_t frames_made_ = 0;
    std::int64_t skipped_ = 0;
    WorkingSpace space_;
    ExrSequence frames_;
};

}  // namespace

TaskWork run_decode(const DecodeOrder& order, const TaskContext& context) {
    refuse_gaps(order);
    Engine& engine = context.engine(order.model);
    const Millis begin = context.clock.steady();
    const std::vector<WrittenFrame> frames = TakeWriter(order, context, engine).write();
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    std::uint64_t bytes = 0;
    Checksums digests;
    for (const WrittenFrame& frame : frames) {
        bytes += frame.bytes;
        digests[frame.name] = frame.digest;
    }
    write_checksums(context.staging, digests);
    work.facts["frames"] = frames.size();
    work.facts["bytes"] = bytes;
    work.facts["seconds_per_frame"] = work.seconds / static_cast<double>(frames.size());
    return work;
}

}  // namespace nightreel
