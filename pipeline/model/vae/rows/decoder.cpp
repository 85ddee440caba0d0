#include "pipeline/model/vae/rows/decoder.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/residency.h"
#include "pipeline/model/vae/coders.h"
#include "pipeline/model/vae/rows/layers.h"
#include "pipeline/model/vae/rows/upsample.h"

namespace nightreel {

namespace {

// Of the rows that a stage works on at once: large enough for many threads, small enough to stay in
// the last cache.
constexpr std::int64_t bytes_at_once = std::int64_t{2} << 20U;

using TakeRows = std::function<void(const at::Tensor& rows_trws, bool is_last)>;

at::Tensor pictures(const at::Tensor& rows_trws, std::int64_t channels) {
    return rows_trws.narrow(3, 0, channels).permute({3, 0, 1, 2}).unsqueeze(0);
}

// A stage that rows pass through; given back when the last ones are through.
template <class T>
struct RowStage {
    std::vector<RowBlock<T>> blocks;
    std::optional<RowUpsample<T>> upsample;
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t upsampled = 0;
    bool has_shortcut = false;

    std::int64_t given() const { return upsample ? upsampled : out; }

    Piece after(Piece piece) const {
        if (!upsample) return piece;
        if (upsample->doubles_time() && !piece.is_first) piece.frames *= 2;
        piece.height *= 2;
        piece.width *= 2;
        return piece;
    }

    std::int64_t rows_at_once(const Piece& piece) const {
        const std::int64_t row =
            piece.frames * piece.width * std::max(in, out) * static_cast<std::int64_t>(sizeof(T));
        return std::clamp<std::int64_t>(
            bytes_at_once / row, 2, std::max<std::int64_t>(piece.height, 2));
    }
};

template <class T>
class StagePass {
  public:
    StagePass(const RowStage<T>& stage, FrameHistory& history, const Piece& piece)
        : rows_at_once_(stage.rows_at_once(piece)) {
        // Each convolution holds a row back, and gives it with the last ones.
        std::int64_t most = rows_at_once_;
        for (const RowBlock<T>& block : stage.blocks) {
            passes_.push_back(block.pass(history, piece, most));
            most += 2;
        }
        rows_max_ = most;
        if (!stage.upsample) return;
        if (stage.has_shortcut) before_.emplace(piece, most + 4, stage.in, 0);
        passes_.push_back(
            stage.upsample->pass(history, piece, most, before_ ? &*before_ : nullptr));
    }

    // That are given at once, of the picture that the stage works on.
    std::int64_t rows_max() const { return rows_max_; }

    // In portions, so that memory stays bounded.
    void next(const at::Tensor& rows_trws, bool is_last, const TakeRows& take) {
        const std::int64_t count = rows_trws.size(1);
        for (std::int64_t first = 0; first < count; first += rows_at_once_) {
            const std::int64_t rows = std::min(rows_at_once_, count - first);
            const bool is_end = is_last && first + rows == count;
            at::Tensor x = rows_trws.narrow(1, first, rows).contiguous();
            if (before_) keep_before(x);
            for (const std::unique_ptr<RowPass>& pass : passes_) x = pass->next(x, is_end);
            if (x.size(1) > 0) take(x, is_end);
        }
        if (!is_last) return;
        passes_.clear();
        before_.reset();
    }

  private:
    void keep_before(const at::Tensor& rows_trws) {
        const std::int64_t rows = rows_trws.size(1);
        const std::int64_t first = before_->add(rows);
        const std::int64_t values = rows * rows_trws.size(2) * rows_trws.size(3);
        for (std::int64_t frame = 0; frame < rows_trws.size(0); ++frame) {
            std::copy_n(
                rows_trws.const_data_ptr<T>() + frame * values, values, before_->row(frame, first));
        }
    }

    std::int64_t rows_at_once_;
    std::int64_t rows_max_ = 0;
    std::optional<RowWindow<T>> before_;
    std::vector<std::unique_ptr<RowPass>> passes_;
};

template <class T>
std::vector<RowStage<T>> read_stages(const LayerReader& reader,
                                     const VaeConfig& config,
                                     SlotCounter& slots) {
    std::vector<RowStage<T>> stages;
    for (const DecoderStageShape& shape : decoder_stages(config)) {
        RowStage<T> stage;
        stage.in = shape.in;
        stage.out = shape.out;
        stage.upsampled = shape.upsampled;
        std::int64_t in = shape.in;
        for (const std::string& name : shape.blocks) {
            stage.blocks.emplace_back(reader, name, in, shape.out, slots);
            in = shape.out;
        }
        if (shape.upsample) {
            stage.upsample.emplace(reader,
                                   *shape.upsample,
                                   UpsampleChannels{shape.out, shape.upsampled},
                                   shape.doubles_time,
                                   slots);
        }
        stage.has_shortcut = shape.has_shortcut;
        if (stage.has_shortcut) stage.upsample->set_shortcut(shape.in);
        stages.push_back(std::move(stage));
        // What was read of a stage is held twice until its pages are given back.
        release_pages(reader.weights.stored(), shape.name + ".", PageCache::keep);
    }
    return stages;
}

template <class T>
class RowDecoder : public VaeRowDecoder {
  public:
    RowDecoder(const LayerReader& reader, const LayerReader& exact, const VaeConfig& config);

    std::size_t slots() const override { return slots_.next; }

    at::Tensor next(const at::Tensor& latent_bcthw,
                    FrameHistory& history,
                    const Step& step,
                    const Watch& watch) const override;

  private:
    at::Tensor middle(const at::Tensor& latent_bcthw,
                      FrameHistory& history,
                      const Piece& piece,
                      const Watch& watch) const;
    at::Tensor stages(const at::Tensor& x_trws, FrameHistory& history, const Piece& piece) const;
    at::Tensor watched_stages(at::Tensor x_trws,
                              FrameHistory& history,
                              Piece piece,
                              const Watch& watch) const;
    at::Tensor normed_out(const at::Tensor& x_trws) const;

    SlotCounter slots_;
    std::int64_t deepest_;
    std::int64_t last_;
    std::int64_t picture_channels_;
    RowConv<float, T, T> conv_in_;
    RowBlock<T> first_;
    FrameAttention attention_;
    RowBlock<T> second_;
    std::vector<RowStage<T>> stages_;
    RowConv<T, float, float> conv_out_;
};

template <class T>
RowDecoder<T>::RowDecoder(const LayerReader& reader,
                          const LayerReader& exact,
                          const VaeConfig& config)
    : deepest_(config.decoder_base * config.multiples.back()),
      last_(config.decoder_base * config.multiples.front()),
      picture_channels_(config.picture_channels()),
      conv_in_(reader, "decoder.conv_in", deepest_, config.latent_channels, slots_),
      first_(reader, "decoder.mid_block.resnets.0", deepest_, deepest_, slots_),
      attention_(reader, "decoder.mid_block.attentions.0", deepest_),
      second_(reader, "decoder.mid_block.resnets.1", deepest_, deepest_, slots_),
      stages_(read_stages<T>(reader, config, slots_)),
      conv_out_(exact, "decoder.conv_out", picture_channels_, last_, slots_) {
    conv_out_.set_norm(RowNorm(exact, "decoder.norm_out", last_));
}

template <class T>
at::Tensor RowDecoder<T>::next(const at::Tensor& latent_bcthw,
                               FrameHistory& history,
                               const Step& step,
                               const Watch& watch) const {
    const Piece piece{
        1, latent_bcthw.size(3), latent_bcthw.size(4), step.is_first, step.is_followed};
    const at::Tensor x = middle(latent_bcthw, history, piece, watch);
    return watch ? watched_stages(x, history, piece, watch) : stages(x, history, piece);
}

template <class T>
at::Tensor RowDecoder<T>::middle(const at::Tensor& latent_bcthw,
                                 FrameHistory& history,
                                 const Piece& piece,
                                 const Watch& watch) const {
    const auto show = [&](const char* name, const at::Tensor& rows_trws) {
        if (watch) watch(std::string("decoder.") + name, pictures(rows_trws, deepest_));
    };
    const auto through = [&](const auto& layer, const at::Tensor& rows_trws) {
        return layer.pass(history, piece, piece.height)->next(rows_trws, true);
    };
    const std::int64_t channels = latent_bcthw.size(1);
    const at::Tensor latent_trws = at::constant_pad_nd(latent_bcthw[0].permute({1, 2, 3, 0}),
                                                       {0, stride_of(channels) - channels})
                                       .contiguous();
    at::Tensor x = through(conv_in_, latent_trws);
    show("conv_in", x);
    x = through(first_, x);
    pictures(x, deepest_).copy_(attention_(pictures(x, deepest_)));
    show("mid.attention", x);
    x = through(second_, x);
    show("mid", x);
    return x;
}

template <class T>
at::Tensor RowDecoder<T>::stages(const at::Tensor& x_trws,
                                 FrameHistory& history,
                                 const Piece& piece) const {
    // Made when the first rows come to them, for a stage above may be through by then.
    std::vector<std::unique_ptr<StagePass<T>>> passes(stages_.size());
    std::vector<Piece> pieces{piece};
    for (const RowStage<T>& stage : stages_) pieces.push_back(stage.after(pieces.back()));
    const Piece& last = pieces.back();
    std::unique_ptr<RowPass> conv_out;
    at::Tensor out =
        at::empty({last.frames, last.height, last.width, stride_of(picture_channels_)}, at::kFloat);
    std::int64_t row = 0;
    const std::function<void(std::size_t, const at::Tensor&, bool)> feed =
        [&](std::size_t stage, const at::Tensor& rows_trws, bool is_last) {
            if (stage == stages_.size()) {
                if (!conv_out) conv_out = conv_out_.pass(history, last, passes.back()->rows_max());
                const at::Tensor done = conv_out->next(rows_trws, is_last);
                out.narrow(1, row, done.size(1)).copy_(done);
                row += done.size(1);
                return;
            }
            if (!passes[stage]) {
                passes[stage] =
                    std::make_unique<StagePass<T>>(stages_[stage], history, pieces[stage]);
            }
            passes[stage]->next(rows_trws, is_last, [&](const at::Tensor& given, bool is_end) {
                feed(stage + 1, given, is_end);
            });
        };
    feed(0, x_trws, true);
    return pictures(out, picture_channels_);
}

// The same layers, each given the whole picture.
template <class T>
at::Tensor RowDecoder<T>::watched_stages(at::Tensor x_trws,
                                         FrameHistory& history,
                                         Piece piece,
                                         const Watch& watch) const {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        StagePass<T> pass(stages_[i], history, piece);
        std::vector<at::Tensor> rows;
        pass.next(x_trws, true, [&](const at::Tensor& given, bool) { rows.push_back(given); });
        x_trws = at::cat(rows, 1);
        const RowStage<T>& stage = stages_[i];
        watch(fmt::format("decoder.block{}", i), pictures(x_trws, stage.given()));
        piece = stage.after(piece);
    }
    watch("decoder.norm_out", pictures(normed_out(x_trws), last_));
    const at::Tensor out = conv_out_.pass(history, piece, piece.height)->next(x_trws, true);
    watch("decoder.conv_out", pictures(out, picture_channels_));
    return pictures(out, picture_channels_);
}

// Before its activation, which the layer itself applies at once.
template <class T>
at::Tensor RowDecoder<T>::normed_out(const at::Tensor& x_trws) const {
    constexpr double least = 1e-12;
    const at::Tensor x = x_trws.narrow(3, 0, last_).to(at::kFloat);
    const at::Tensor gamma = at::tensor(at::ArrayRef<float>(conv_out_.norm().gamma));
    return x / at::linalg_vector_norm(x, 2, 3, true).clamp_min_(least) * gamma;
}

}  // namespace

std::unique_ptr<VaeRowDecoder> make_row_decoder(const LayerReader& reader,
                                                const LayerReader& exact,
                                                const VaeConfig& config) {
    if (reader.type == at::kFloat) {
        return std::make_unique<RowDecoder<float>>(reader, exact, config);
    }
    return std::make_unique<RowDecoder<c10::BFloat16>>(reader, exact, config);
}

}  // namespace nightreel
