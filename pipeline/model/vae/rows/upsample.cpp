#include "pipeline/model/vae/rows/upsample.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "pipeline/model/vae/rows/kernels.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

// After nearest-neighbour doubling, a 3-tap kernel sees only two source pixels. These are its
// summed taps for the even output pixel (half 0: previous and current source pixel) or for the odd
// one (half 1: current and next source pixel).
std::vector<at::Tensor> met_weights(const at::Tensor& kernel,
                                    std::int64_t axis,
                                    std::int64_t half) {
    const at::Tensor first = kernel.select(axis, 0);
    const at::Tensor second = kernel.select(axis, 1);
    const at::Tensor third = kernel.select(axis, 2);
    if (half == 0) return {first, second + third};
    return {first + second, third};
}

// [4, out, in]: weights of the 2 x 2 source pixels for one of the four output pixels.
at::Tensor corner_taps(const at::Tensor& kernel_oihw, std::int64_t row, std::int64_t column) {
    std::vector<at::Tensor> taps;
    for (const at::Tensor& line : met_weights(kernel_oihw, 2, row)) {
        for (const at::Tensor& tap : met_weights(line, 2, column)) taps.push_back(tap);
    }
    return at::stack(taps);
}

}  // namespace

template <class T>
class RowUpsample<T>::Pass : public RowPass {
  public:
    Pass(const RowUpsample& layer,
         FrameHistory& history,
         const Piece& piece,
         std::int64_t rows_at_once,
         RowWindow<T>* before)
        : layer_(layer),
          piece_(piece),
          // The first latent frame is not doubled in time, and not kept: the second one sees zeros
          // before it.
          factor_(layer.doubles_time_ && !piece.is_first ? 2 : 1),
          before_(before),
          window_(frames_doubled(piece, factor_), rows_at_once + 4, layer.channels_.in, 1) {
        window_.add_zeros(1);
        if (factor_ == 2) kept_.emplace(history.at(layer.slot_), piece, layer.channels_.in);
    }

    at::Tensor next(const at::Tensor& rows_trws, bool is_last) override {
        const std::int64_t first = window_.add(rows_trws.size(1));
        if (kept_) {
            double_frames(rows_trws, first);
        } else {
            copy_frames(rows_trws, first);
        }
        if (is_last) {
            window_.add_zeros(1);
            if (kept_) kept_->finish();
        }
        return doubled_sides();
    }

  private:
    static Piece frames_doubled(Piece piece, std::int64_t factor) {
        piece.frames *= factor;
        return piece;
    }

    const T* row_of(const at::Tensor& rows_trws, std::int64_t frame, std::int64_t row) const {
        return rows_trws.const_data_ptr<T>() +
               (frame * rows_trws.size(1) + row) * piece_.width * window_.stride();
    }

    void copy_frames(const at::Tensor& rows_trws, std::int64_t first) {
        const std::int64_t count = rows_trws.size(1);
        at::parallel_for(0, piece_.frames * count, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                std::copy_n(row_of(rows_trws, i / count, i % count),
                            piece_.width * window_.stride(),
                            window_.row(i / count, first + i % count));
            }
        });
    }

    // The kept frames, then the frames of the piece.
    const T* row_in_time(const at::Tensor& rows_trws, std::int64_t frame, std::int64_t row) const {
        const std::int64_t before = kept_->count();
        return frame < before ? kept_->row(frame, next_row_ + row)
                              : row_of(rows_trws, frame - before, row);
    }

    void double_frames(const at::Tensor& rows_trws, std::int64_t first) {
        const std::int64_t channels = layer_.channels_.in;
        const std::int64_t stride = window_.stride();
        const RowsShape shape{2 * piece_.frames, rows_trws.size(1), piece_.width};
        for_each_part(shape, channels, [&](const RowPart& part, float* sums) {
            const PackedConv<T>& conv = layer_.halves_[static_cast<std::size_t>(part.frame % 2)];
            conv.begin(part.places, sums);
            const std::int64_t oldest = part.frame / 2 + kept_->count() - (kernel_frames - 1);
            for (std::int64_t t = std::max<std::int64_t>(0, -oldest); t < kernel_frames; ++t) {
                const T* line = row_in_time(rows_trws, oldest + t, part.row);
                conv.add_tap(t, line + part.column * stride, stride, part.places, sums);
            }
            converted(sums,
                      {part.places, channels, channels, stride},
                      window_.row(part.frame, first + part.row) + part.column * stride);
        });
        at::parallel_for(0, rows_trws.size(1), 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                kept_->keep(next_row_ + row,
                            [&](std::int64_t frame) { return row_in_time(rows_trws, frame, row); });
            }
        });
        next_row_ += rows_trws.size(1);
    }

    at::Tensor doubled_sides() {
        const std::int64_t rows = std::max<std::int64_t>(window_.rows() - 2, 0);
        const std::int64_t channels = layer_.channels_.out;
        at::Tensor out =
            at::zeros({window_.frames(), 2 * rows, 2 * piece_.width, stride_of(channels)},
                      c10::CppTypeToScalarType<T>::value);
        const RowsShape shape{window_.frames(), 2 * rows, piece_.width};
        for_each_part(shape, channels, [&](const RowPart& part, float* sums) {
            for (std::int64_t column = 0; column < 2; ++column) {
                add_corner(part, column, sums);
                T* to = out.mutable_data_ptr<T>() +
                        ((part.frame * 2 * rows + part.row) * 2 * piece_.width + 2 * part.column +
                         column) *
                            stride_of(channels);
                converted(sums, {part.places, channels, channels, 2 * stride_of(channels)}, to);
            }
        });
        window_.drop(rows);
        if (before_ != nullptr) before_->drop(rows);
        return out;
    }

    // Every second pixel of a doubled row.
    void add_corner(const RowPart& part, std::int64_t column, float* sums) const {
        const std::int64_t half = part.row % 2;
        const PackedConv<T>& conv = layer_.corners_[static_cast<std::size_t>(2 * half + column)];
        conv.begin(part.places, sums);
        if (before_ != nullptr) add_repeated(part, column, sums);
        for (std::int64_t i = 0; i < 2; ++i) {
            const T* line = window_.row(part.frame, part.row / 2 + half + i);
            for (std::int64_t j = 0; j < 2; ++j) {
                conv.add_tap(2 * i + j,
                             line + (part.column + column + j - 1) * window_.stride(),
                             window_.stride(),
                             part.places,
                             sums);
            }
        }
    }

    void add_repeated(const RowPart& part, std::int64_t column, float* sums) const {
        // The first frame of a clip is not doubled: only the last frame of its cell is used.
        const std::int64_t times = layer_.doubles_time_ ? 2 : 1;
        const std::int64_t time = factor_ == times ? part.frame % times : times - 1;
        const std::vector<std::int64_t>& sources =
            layer_.repeated_[static_cast<std::size_t>((time * 2 + part.row % 2) * 2 + column)];
        const T* from =
            before_->row(part.frame / factor_, part.row / 2) + part.column * before_->stride();
        for (std::int64_t place = 0; place < part.places; ++place) {
            for (std::size_t i = 0; i < sources.size(); ++i) {
                sums[i] += static_cast<float>(from[sources[i]]);
            }
            from += before_->stride();
            sums += sources.size();
        }
    }

    const RowUpsample& layer_;
    Piece piece_;
    std::int64_t factor_;
    RowWindow<T>* before_;
    RowWindow<T> window_;
    std::optional<KeptRows<T>> kept_;
    std::int64_t next_row_ = 0;
};

template <class T>
RowUpsample<T>::RowUpsample(const LayerReader& reader,
                            const std::string& name,
                            UpsampleChannels channels,
                            bool doubles_time,
                            SlotCounter& slots)
    : channels_(channels), doubles_time_(doubles_time) {
    const std::string conv = name + ".resample.1";
    const at::Tensor kernel = reader.float_tensor(
        conv + ".weight", {channels.out, channels.in, kernel_side, kernel_side});
    const at::Tensor bias = reader.tensor(conv + ".bias", {channels.out});
    for (std::int64_t corner = 0; corner < 4; ++corner) {
        corners_[static_cast<std::size_t>(corner)] =
            PackedConv<T>(corner_taps(kernel, corner / 2, corner % 2), bias);
    }
    if (!doubles_time_) return;
    const std::string time = name + ".time_conv";
    const std::vector<at::Tensor> weights =
        reader.tensor(time + ".weight", {2 * channels.in, channels.in, kernel_frames, 1, 1})
            .chunk(2);
    const std::vector<at::Tensor> biases =
        reader.tensor(time + ".bias", {2 * channels.in}).chunk(2);
    for (std::size_t half = 0; half < 2; ++half) {
        halves_[half] = PackedConv<T>::of_kernel(weights[half], biases[half]);
    }
    slot_ = slots.take();
}

template <class T>
void RowUpsample<T>::set_shortcut(std::int64_t in) {
    const std::int64_t cell = doubles_time_ ? 8 : 4;
    const std::int64_t repeats = channels_.out * cell / in;
    NIGHTREEL_CHECK(channels_.out * cell % in == 0, "channels are repeated in whole");
    repeated_.assign(static_cast<std::size_t>(cell), {});
    for (std::int64_t place = 0; place < cell; ++place) {
        for (std::int64_t channel = 0; channel < channels_.out; ++channel) {
            repeated_[static_cast<std::size_t>(place)].push_back((channel * cell + place) /
                                                                 repeats);
        }
    }
}

template <class T>
std::unique_ptr<RowPass> RowUpsample<T>::pass(FrameHistory& history,
                                              const Piece& piece,
                                              std::int64_t rows_at_once,
                                              RowWindow<T>* before) const {
    return std::make_unique<Pass>(*this, history, piece, rows_at_once, before);
}

template class RowUpsample<float>;
template class RowUpsample<c10::BFloat16>;

}  // namespace nightreel
