#include "pipeline/model/vae/rows/layers.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "pipeline/model/vae/rows/kernels.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

template <class T>
const T* values_of(const at::Tensor& rows_trws, std::int64_t frame, std::int64_t row) {
    return rows_trws.const_data_ptr<T>() +
           (frame * rows_trws.size(1) + row) * rows_trws.size(2) * rows_trws.size(3);
}

template <class T>
T* values_in(const at::Tensor& rows_trws, const RowPart& part) {
    return rows_trws.mutable_data_ptr<T>() +
           ((part.frame * rows_trws.size(1) + part.row) * rows_trws.size(2) + part.column) *
               rows_trws.size(3);
}

// fill(frame, row) for each row of each frame, on all threads.
template <class Fill>
void for_each_row(std::int64_t frames, std::int64_t rows, const Fill& fill) {
    at::parallel_for(0, frames * rows, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) fill(i / rows, i % rows);
    });
}

}  // namespace

RowNorm::RowNorm(const LayerReader& reader, const std::string& name, std::int64_t channels) {
    const at::Tensor scaled =
        reader.float_tensor(name + ".gamma", {channels, 1, 1, 1}).flatten().contiguous() *
        std::sqrt(static_cast<double>(channels));
    const auto* begin = scaled.const_data_ptr<float>();
    gamma.assign(begin, begin + channels);
}

template <class In, class T, class Out>
class RowConv<In, T, Out>::Pass : public RowPass {
  public:
    Pass(const RowConv& layer, KeptFrames& kept, const Piece& piece, std::int64_t rows_at_once)
        : layer_(layer), piece_(piece), in_(kept, piece, rows_at_once, layer.conv_.in()) {}

    at::Tensor next(const at::Tensor& rows_trws, bool is_last) override {
        const std::int64_t count = rows_trws.size(1);
        const std::int64_t first = in_.add(count);
        const Places places{piece_.width, layer_.conv_.in(), rows_trws.size(3), in_.stride()};
        for_each_row(piece_.frames, count, [&](std::int64_t frame, std::int64_t row) {
            const In* from = values_of<In>(rows_trws, frame, row);
            T* to = in_.own_row(frame, first + row);
            if (layer_.norm_) {
                normed_and_activated(from, places, layer_.norm_->gamma.data(), to);
            } else {
                converted(from, places, to);
            }
        });
        in_.filled(first, count, is_last);
        return convolved_rows();
    }

  private:
    at::Tensor convolved_rows() {
        const std::int64_t rows = in_.ready();
        const std::int64_t channels = layer_.conv_.out();
        at::Tensor out = at::zeros({piece_.frames, rows, piece_.width, stride_of(channels)},
                                   c10::CppTypeToScalarType<Out>::value);
        const RowsShape shape{piece_.frames, rows, piece_.width};
        for_each_part(
            shape, layer_.conv_.scratch_channels(), [&](const RowPart& part, float* sums) {
                layer_.conv_.begin(part.places, sums);
                layer_.conv_.add(in_, part, sums);
                const Places places{part.places, channels, channels, stride_of(channels)};
                converted(sums, places, values_in<Out>(out, part));
            });
        in_.drop(rows);
        return out;
    }

    const RowConv& layer_;
    Piece piece_;
    CausalRows<T> in_;
};

template <class In, class T, class Out>
RowConv<In, T, Out>::RowConv(const LayerReader& reader,
                             const std::string& name,
                             std::int64_t out,
                             std::int64_t in,
                             SlotCounter& slots)
    : conv_(reader, name, out, in, Pairing::no), slot_(slots.take()) {}

template <class In, class T, class Out>
std::unique_ptr<RowPass> RowConv<In, T, Out>::pass(FrameHistory& history,
                                                   const Piece& piece,
                                                   std::int64_t rows_at_once) const {
    return std::make_unique<Pass>(*this, history.at(slot_), piece, rows_at_once);
}

template <class T>
class RowBlock<T>::Pass : public RowPass {
  public:
    Pass(const RowBlock& layer,
         FrameHistory& history,
         const Piece& piece,
         std::int64_t rows_at_once)
        : layer_(layer),
          piece_(piece),
          waiting_(piece, rows_at_once + 3, layer.conv1_.in(), 0),
          first_(history.at(layer.slot1_), piece, rows_at_once, layer.conv1_.in()),
          second_(history.at(layer.slot2_), piece, rows_at_once + 1, layer.conv2_.in()) {}

    at::Tensor next(const at::Tensor& rows_trws, bool is_last) override {
        begin(rows_trws, is_last);
        between(is_last);
        return end();
    }

  private:
    void begin(const at::Tensor& rows_trws, bool is_last) {
        const std::int64_t count = rows_trws.size(1);
        const std::int64_t first = first_.add(count);
        const std::int64_t first_waiting = waiting_.add(count);
        const Places places{piece_.width, layer_.conv1_.in(), waiting_.stride(), first_.stride()};
        for_each_row(piece_.frames, count, [&](std::int64_t frame, std::int64_t row) {
            const T* from = values_of<T>(rows_trws, frame, row);
            std::copy_n(
                from, piece_.width * waiting_.stride(), waiting_.row(frame, first_waiting + row));
            normed_and_activated(
                from, places, layer_.norm1_.gamma.data(), first_.own_row(frame, first + row));
        });
        first_.filled(first, count, is_last);
    }

    // The first convolution, and the second norm on its sums.
    void between(bool is_last) {
        const std::int64_t rows = first_.ready();
        const std::int64_t first = second_.add(rows);
        const std::int64_t channels = layer_.conv1_.out();
        const RowsShape shape{piece_.frames, rows, piece_.width};
        for_each_part(
            shape, layer_.conv1_.scratch_channels(), [&](const RowPart& part, float* sums) {
                layer_.conv1_.begin(part.places, sums);
                layer_.conv1_.add(first_, part, sums);
                const Places places{part.places, channels, channels, second_.stride()};
                normed_and_activated(
                    sums,
                    places,
                    layer_.norm2_.gamma.data(),
                    second_.own_row(part.frame, first + part.row) + part.column * second_.stride());
            });
        second_.filled(first, rows, is_last);
        first_.drop(rows);
    }

    // The second convolution, and what the block began with.
    at::Tensor end() {
        const std::int64_t rows = second_.ready();
        const std::int64_t channels = layer_.conv2_.out();
        at::Tensor out = at::zeros({piece_.frames, rows, piece_.width, stride_of(channels)},
                                   c10::CppTypeToScalarType<T>::value);
        const RowsShape shape{piece_.frames, rows, piece_.width};
        for_each_part(
            shape, layer_.conv2_.scratch_channels(), [&](const RowPart& part, float* sums) {
                layer_.conv2_.begin(part.places, sums);
                const T* before =
                    waiting_.row(part.frame, part.row) + part.column * waiting_.stride();
                if (layer_.shortcut_) {
                    layer_.shortcut_->add_tap(0, before, waiting_.stride(), part.places, sums);
                } else {
                    added(before, {part.places, channels, waiting_.stride(), channels}, sums);
                }
                layer_.conv2_.add(second_, part, sums);
                const Places places{part.places, channels, channels, stride_of(channels)};
                converted(sums, places, values_in<T>(out, part));
            });
        second_.drop(rows);
        waiting_.drop(rows);
        return out;
    }

    const RowBlock& layer_;
    Piece piece_;
    RowWindow<T> waiting_;  // what the block began with, until its end
    CausalRows<T> first_;
    CausalRows<T> second_;
};

template <class T>
RowBlock<T>::RowBlock(const LayerReader& reader,
                      const std::string& name,
                      std::int64_t in,
                      std::int64_t out,
                      SlotCounter& slots)
    : norm1_(reader, name + ".norm1", in),
      conv1_(reader, name + ".conv1", out, in, Pairing::where_faster),
      slot1_(slots.take()),
      norm2_(reader, name + ".norm2", out),
      conv2_(reader, name + ".conv2", out, out, Pairing::where_faster),
      slot2_(slots.take()) {
    if (in == out) return;
    // Added to the sums of the second convolution: one bias for both.
    const std::string shortcut = name + ".conv_shortcut";
    const at::Tensor weight = reader.tensor(shortcut + ".weight", {out, in, 1, 1, 1});
    const at::Tensor bias = reader.tensor(shortcut + ".bias", {out});
    shortcut_ = PackedConv<T>::of_kernel(weight, bias);
    conv2_.add_to_bias(bias);
}

template <class T>
std::unique_ptr<RowPass> RowBlock<T>::pass(FrameHistory& history,
                                           const Piece& piece,
                                           std::int64_t rows_at_once) const {
    return std::make_unique<Pass>(*this, history, piece, rows_at_once);
}

template class RowConv<float, float, float>;
template class RowConv<float, c10::BFloat16, c10::BFloat16>;
template class RowConv<c10::BFloat16, float, float>;
template class RowBlock<float>;
template class RowBlock<c10::BFloat16>;

}  // namespace nightreel
