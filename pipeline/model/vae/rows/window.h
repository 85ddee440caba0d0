#pragma once
// A sliding window over the rows of a picture, from top to bottom, as the input of a convolution: a
// few rows at a time, of which the last ones stay until the rows below have arrived. Memory is
// bounded by the number of rows in the window, not by the height of the picture. One thread adds
// and drops rows; any thread may fill and read them in between.

#include <algorithm>
#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/layers.h"

namespace nightreel {

// Distance in values from one pixel to the next: the number of channels, rounded up to an even
// number because bf16 products take channels in pairs. The padding is zero.
inline std::int64_t stride_of(std::int64_t channels) {
    return channels + channels % 2;
}

// The frames that pass through a layer for one latent frame: their size at that layer, and whether
// another latent frame follows, for which the layer must keep its last frames.
struct Piece {
    std::int64_t frames = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    bool is_first = false;  // first latent frame of a clip
    bool is_followed = true;
};

// T is float or c10::BFloat16.
template <class T>
class RowWindow {
  public:
    // Room for `capacity` rows, each with `border` zero pixels at both ends.
    RowWindow(const Piece& piece,
              std::int64_t capacity,
              std::int64_t channels,
              std::int64_t border);

    std::int64_t frames() const { return frames_; }

    std::int64_t rows() const { return rows_; }

    std::int64_t stride() const { return stride_; }

    // The first pixel of a row, after the border.
    T* row(std::int64_t frame, std::int64_t row) const {
        return values_ + ((frame * capacity_ + row) * line_ + border_) * stride_;
    }

    // Adds rows at the bottom and returns the index of the first one. Their borders are already
    // zero.
    std::int64_t add(std::int64_t count);
    void add_zeros(std::int64_t count);
    void drop(std::int64_t count);  // removes rows from the top

  private:
    at::Tensor storage_;
    T* values_ = nullptr;
    std::int64_t frames_ = 0;
    std::int64_t capacity_ = 0;
    std::int64_t line_ = 0;
    std::int64_t border_ = 0;
    std::int64_t stride_ = 0;
    std::int64_t rows_ = 0;
};

// The last two frames that a layer keeps for the next piece, as rows: [2, h, w, stride], the newest
// last. Frames before the start of a clip are zero and are not stored.
template <class T>
class KeptRows {
  public:
    KeptRows(KeptFrames& kept, const Piece& piece, std::int64_t channels);

    // Number of frames kept from earlier pieces: 0 to 2.
    std::int64_t count() const { return before_; }

    // A row of frame 0 to count() - 1; the newest frame is last.
    const T* row(std::int64_t frame, std::int64_t row) const;
    // Stores one row of the frames that must be kept. `frame_row(frame)` returns that row: first
    // for the kept frames of earlier pieces, then for the frames of this piece. Overwrites the kept
    // frames, so their row must have been read before.
    using FrameRow = std::function<const T*(std::int64_t frame)>;
    void keep(std::int64_t row, const FrameRow& frame_row);
    // Call after the last row.
    void finish();

  private:
    T* kept_row(std::int64_t frame, std::int64_t row) const;

    KeptFrames& kept_;
    Piece piece_;
    std::int64_t stride_ = 0;
    std::int64_t before_ = 0;
    std::int64_t after_ = 0;
};

// The input of a causal 3 x 3 x 3 convolution: a window over the rows of the kept frames and of the
// frames of this piece, with one row of zeros above and below the picture and zeros at both sides.
template <class T>
class CausalRows {
  public:
    CausalRows(KeptFrames& kept,
               const Piece& piece,
               std::int64_t rows_at_once,
               std::int64_t channels);

    std::int64_t frames_before() const { return kept_.count(); }

    std::int64_t stride() const { return window_.stride(); }

    // `frame` 0 is the oldest frame in the window.
    const T* row(std::int64_t frame, std::int64_t row) const { return window_.row(frame, row); }

    // Makes room for the next rows. The caller then fills in the frames of the piece.
    std::int64_t add(std::int64_t count);

    T* own_row(std::int64_t frame, std::int64_t row) const {
        return window_.row(kept_.count() + frame, row);
    }

    // Call after filling: keeps the rows that the next piece needs.
    void filled(std::int64_t first, std::int64_t count, bool is_last);

    // Number of rows that can be convolved: those with a row above and a row below.
    std::int64_t ready() const { return std::max<std::int64_t>(window_.rows() - 2, 0); }

    void drop(std::int64_t count) { window_.drop(count); }

  private:
    KeptRows<T> kept_;
    Piece piece_;
    RowWindow<T> window_;
    std::int64_t next_row_ = 0;  // row number in the picture
};

}  // namespace nightreel
