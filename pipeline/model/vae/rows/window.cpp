#include "pipeline/model/vae/rows/window.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr std::int64_t frames_kept = 2;

}  // namespace

template <class T>
RowWindow<T>::RowWindow(const Piece& piece,
                        std::int64_t capacity,
                        std::int64_t channels,
                        std::int64_t border)
    : frames_(piece.frames),
      capacity_(capacity),
      line_(piece.width + 2 * border),
      border_(border),
      stride_(stride_of(channels)) {
    storage_ = at::zeros({frames_, capacity_, line_, stride_}, c10::CppTypeToScalarType<T>::value);
    values_ = storage_.mutable_data_ptr<T>();
}

template <class T>
std::int64_t RowWindow<T>::add(std::int64_t count) {
    NIGHTREEL_CHECK(rows_ + count <= capacity_, "a window has room for the rows at once");
    rows_ += count;
    return rows_ - count;
}

template <class T>
void RowWindow<T>::add_zeros(std::int64_t count) {
    const std::int64_t first = add(count);
    for (std::int64_t frame = 0; frame < frames_; ++frame) {
        T* begin = row(frame, first) - border_ * stride_;
        std::fill_n(begin, count * line_ * stride_, T(0));
    }
}

template <class T>
void RowWindow<T>::drop(std::int64_t count) {
    rows_ -= count;
    if (count == 0) return;
    at::parallel_for(0, frames_, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t frame = begin; frame < end; ++frame) {
            const T* from = row(frame, count) - border_ * stride_;
            std::copy_n(from, rows_ * line_ * stride_, row(frame, 0) - border_ * stride_);
        }
    });
}

template <class T>
KeptRows<T>::KeptRows(KeptFrames& kept, const Piece& piece, std::int64_t channels)
    : kept_(kept),
      piece_(piece),
      stride_(stride_of(channels)),
      before_(kept.count),
      after_(std::min(frames_kept, kept.count + piece.frames)) {
    const std::vector<std::int64_t> shape{frames_kept, piece.height, piece.width, stride_};
    NIGHTREEL_CHECK(before_ == 0 || kept.frames.sizes() == at::IntArrayRef(shape),
                    "frames are kept for pictures of the same size");
    if (!piece.is_followed) return;
    if (!kept.frames.defined()) {
        kept.frames = at::empty(shape, c10::CppTypeToScalarType<T>::value);
    } else if (kept.frames.use_count() > 1) {
        // A saved copy of the state shares these frames: do not overwrite them.
        kept.frames = kept.frames.clone();
    }
}

template <class T>
T* KeptRows<T>::kept_row(std::int64_t frame, std::int64_t row) const {
    return kept_.frames.template mutable_data_ptr<T>() +
           (frame * piece_.height + row) * piece_.width * stride_;
}

template <class T>
const T* KeptRows<T>::row(std::int64_t frame, std::int64_t row) const {
    return kept_row(frames_kept - before_ + frame, row);
}

template <class T>
void KeptRows<T>::keep(std::int64_t row, const FrameRow& frame_row) {
    if (!piece_.is_followed) return;
    const std::int64_t first = before_ + piece_.frames - after_;
    for (std::int64_t i = 0; i < after_; ++i) {
        const T* from = frame_row(first + i);
        T* to = kept_row(frames_kept - after_ + i, row);
        if (from != to) std::copy_n(from, piece_.width * stride_, to);
    }
}

template <class T>
void KeptRows<T>::finish() {
    if (piece_.is_followed) {
        kept_.count = after_;
    } else {
        kept_ = {};
    }
}

template <class T>
CausalRows<T>::CausalRows(KeptFrames& kept,
                          const Piece& piece,
                          std::int64_t rows_at_once,
                          std::int64_t channels)
    : kept_(kept, piece, channels),
      piece_(piece),
      // One row of zeros above or below, and two rows that wait for the rows below them.
      window_({kept_.count() + piece.frames, piece.height, piece.width},
              rows_at_once + 4,
              channels,
              1) {
    window_.add_zeros(1);
}

template <class T>
std::int64_t CausalRows<T>::add(std::int64_t count) {
    const std::int64_t first = window_.add(count);
    const std::int64_t before = kept_.count();
    if (before == 0) return first;
    at::parallel_for(0, before * count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T* from = kept_.row(i / count, next_row_ + i % count);
            std::copy_n(
                from, piece_.width * window_.stride(), window_.row(i / count, first + i % count));
        }
    });
    return first;
}

template <class T>
void CausalRows<T>::filled(std::int64_t first, std::int64_t count, bool is_last) {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            kept_.keep(next_row_ + i,
                       [&](std::int64_t frame) { return window_.row(frame, first + i); });
        }
    });
    next_row_ += count;
    if (!is_last) return;
    window_.add_zeros(1);
    kept_.finish();
}

template class RowWindow<float>;
template class RowWindow<c10::BFloat16>;
template class KeptRows<float>;
template class KeptRows<c10::BFloat16>;
template class CausalRows<float>;
template class CausalRows<c10::BFloat16>;

}  // namespace nightreel
